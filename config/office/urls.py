"""Addresses of the office's overview."""

from django.urls import path

from config.office import views

app_name = "office"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("xuat/", views.export, name="export"),
]
