"""The platform's end of the hand-over, and the person's list of devices."""

from django.urls import path

from . import views

app_name = "sso"
urlpatterns = [
    path("phien/cap-ve/", views.authorize, name="authorize"),
    path("tai-khoan/thiet-bi/", views.devices, name="devices"),
    path("tai-khoan/thiet-bi/ket-thuc/", views.device_end, name="device-end"),
]
