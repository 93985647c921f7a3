"""Views whose author forgot to ask the policy for rows: what the second line is for."""

from django.apps import apps
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from gradebook.models import MarkSheet
from school.policy import public, signed_in


@signed_in
def everything(request: HttpRequest, label: str) -> HttpResponse:
    """Primary keys of all rows of a model."""
    return JsonResponse({"rows": list(apps.get_model(label).objects.values_list("pk", flat=True))})


@public
def everything_for_all(request: HttpRequest, label: str) -> HttpResponse:
    """The same for strangers."""
    return JsonResponse({"rows": list(apps.get_model(label).objects.values_list("pk", flat=True))})


@signed_in
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to a sheet by its number alone."""
    return JsonResponse({"changed": MarkSheet.objects.filter(pk=pk).update(published_at=None)})


@signed_in
def copy(request: HttpRequest, school: int) -> HttpResponse:
    """Make a course in whatever school the address names."""
    from lms.models import Course
    from school.organisation.models import Subject

    made = Course.objects.create(school_id=school, subject=Subject.objects.first(), title="Planted")
    return JsonResponse({"made": made.pk})


urlpatterns = [
    path("planted/<str:label>/", everything),
    path("planted-public/<str:label>/", everything_for_all),
    path("planted-write/<int:pk>/", rename),
    path("planted-insert/<int:school>/", copy),
    path("", include("config.urls")),
]
