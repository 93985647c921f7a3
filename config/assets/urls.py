"""Addresses of the installed app's worker, manifest and offline page."""

from django.urls import path

from .views import manifest, offline, service_worker

urlpatterns = [
    path("sw.js", service_worker, name="service-worker"),
    path("app.webmanifest", manifest, name="manifest"),
    path("ngoai-tuyen/", offline, name="offline"),
]
