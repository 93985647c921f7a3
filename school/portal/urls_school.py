"""Addresses on a school's own host: its portal and nothing else."""

from django.urls import include, path

from school.portal import views

portal = (
    [
        path("", views.host_page, name="home"),
        path("anh/<path:name>", views.picture, name="picture"),
        path("<path:path>", views.host_page, name="page"),
    ],
    "portal",
)

urlpatterns = [path("", include("school.sso.urls_school")), path("", include(portal))]
