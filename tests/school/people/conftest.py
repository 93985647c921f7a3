"""Days that come, and short ways through the pages."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from school.identity.models import User
from school.people.models import BulkAction

Day = Callable[[datetime.date], None]


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Day:
    """Makes it noon of a day; rights are asked of relations by this clock."""

    def turn(day: datetime.date) -> None:
        noon = timezone.make_aware(datetime.datetime.combine(day, datetime.time(12)))
        monkeypatch.setattr(timezone, "now", lambda: noon)

    return turn


@pytest.fixture
def bulk(django_capture_on_commit_callbacks: Any) -> Callable[..., BulkAction]:
    """Walks an action through the pages as far as its preview, or further with ``sure``."""

    def walk(client: Client, verb: str, people: list[User], *, sure: bool = True, **options: Any) -> BulkAction:
        who = [one.pk for one in people]
        client.post(reverse("people:bulk-new"), {"verb": verb, "who": who, "step": "options", **options})
        made: BulkAction = BulkAction.objects.latest("pk")
        if sure:
            with django_capture_on_commit_callbacks(execute=True):
                client.post(reverse("people:action-confirm", args=[made.pk]))
            made.refresh_from_db()
        return made

    return walk
