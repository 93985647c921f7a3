from django.urls import path

from . import views

app_name = "trail"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("excel/", views.trail_file, name="trail-excel"),
    path("cua-toi/", views.own, name="own"),
]
