"""An application that reads the roster, as the tests speak of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS, Application
from school.oidc.services import reader_save
from school.organisation.models import School
from school.roster.pictures import picture_take
from tests.world import World

TOKEN, ROOT = "/identity/o/api/token", "/ims/oneroster/rostering/v1p2/"
ALL_SCOPES = [ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS]


@dataclass
class Reading:
    """One registered application, its secret and the token it has."""

    application: Application
    secret: str
    token: str = ""
    server: Client = field(default_factory=lambda: Client(headers={"host": "localhost:8000"}))

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{self.application.pk}:{self.secret}".encode()).decode()}

    def take(self, **changes: Any) -> Any:
        """Ask for a token and keep it."""
        answered = self.server.post(TOKEN, {"grant_type": "client_credentials"} | changes, headers=self.basic)
        self.token = answered.json().get("access_token", "")
        return answered

    def get(self, path: str, **query: Any) -> Any:
        """The answer at an address of the service."""
        if not self.token:
            self.take()
        return self.server.get(ROOT + path, query, headers={"Authorization": f"Bearer {self.token}"})

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The things of a list."""
        answered = self.get(path, **{"limit": 10_000} | query)
        assert answered.status_code == 200, answered.content
        (things,) = answered.json().values()
        return things


def reader(world: World, *schools: School, scopes: list[str] | None = None, name: str = "Thư viện số") -> Reading:
    """An application that reads these schools (all of the office when none is named), which are pictured already."""
    values = {"name": name, "scopes": scopes or ALL_SCOPES, "all_schools": not schools, "schools": schools}
    application, secret = reader_save(office=world.office, values=values, by=world.office_admin)
    for school in schools or School.objects.all():
        picture_take(school.pk)
    return Reading(application, secret)
