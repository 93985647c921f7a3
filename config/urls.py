"""The platform's addresses; schools' portals and the content host have URL files of their own (config.hosts)."""

from django.urls import include, path

from .views import health

urlpatterns = [
    path("suc-khoe/", health, name="health"),
    path("", include("school.identity.urls")),
]
