"""The limit that pages are held to: a Django view with nothing around it that asks the database as often."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from gradebook.models import Mark, MarkColumn
from school.organisation.models import NodeKind, Subject


def asking(request: HttpRequest, reads: int, writes: int) -> HttpResponse:
    """So many reads of one row by its key, then so many updates of one row in a transaction."""
    for _ in range(reads):
        Subject.objects.only("name").get(pk=1)
    if writes:
        with transaction.atomic():
            for number in range(writes):
                NodeKind.objects.filter(pk=1).update(order=number)
    return HttpResponse("ok")


@csrf_exempt
def inserting(request: HttpRequest, column: int, by: int) -> HttpResponse:
    """A mark a row, as the simplest view would store them: no right, no version, no log, no average."""
    with transaction.atomic():
        target = MarkColumn.objects.get(pk=column)
        for change in json.loads(request.body)["changes"]:
            Mark.objects.create(column=target, student_id=change["student"], value=change["value"], by_id=by)
    return HttpResponse("ok")


urlpatterns = [
    path("bare/<int:reads>/<int:writes>/", asking),
    path("bare/insert/<int:column>/<int:by>/", inserting),
]


def only_this_file(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The one piece of middleware of the bare view: it chooses these addresses."""

    def serve(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return serve


def bare_client() -> Client:
    """A client of the bare view alone."""
    client = Client()
    with override_settings(MIDDLEWARE=[f"{__name__}.only_this_file"]):
        client.handler.load_middleware()
    return client
