"""The service's addresses, on the platform's host alone."""

from django.urls import path

from school.roster.rest import pages
from school.roster.rest.api import api

app_name = "oneroster"
urlpatterns = [
    path("", pages.page, name="page"),
    path("openapi.json", pages.openapi, name="openapi"),
    # Where the binding of OneRoster 1.2 says that readers look for it.
    path("discovery/onerosterv1p2rosterservice_openapi3_v1p0.json", pages.openapi, name="discovery"),
    *api.urls[0],
]
