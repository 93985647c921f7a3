"""An URL file with a view that forgot its declaration, for a test."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


urlpatterns = [path("quen/", forgotten)]
