"""A school host's end of the hand-over."""

from django.urls import path

from . import views

app_name = "sso"
urlpatterns = [
    path("dang-nhap/", views.start, name="start"),
    path("phien/", views.callback, name="callback"),
    path("dang-xuat/", views.sign_out, name="sign-out"),
]
