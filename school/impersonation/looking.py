"""A look through another person's eyes, kept in the looker's own session."""

import datetime
import time
from dataclasses import dataclass

from django.http import HttpRequest

from school.identity.models import User

KEY = "look"
SECONDS = 15 * 60
# Rooms whose pages are not shown while looking. Accounts, second factors, devices and connected applications are the person's
# own keys; marks, remarks and letters are for families and teachers, and an administrator holds no right over them; the
# pages' editor asks rights of its own. Notes on recordings are for their writer's eyes alone.
CLOSED = frozenset(
    {
        *("allauth", "wagtail", "school.identity", "school.sso", "school.upstream", "school.oidc", "school.privacy"),
        *("school.people", "school.trail", "school.audit", "gradebook", "parentportal", "media.views_notes"),
    }
)


@dataclass(frozen=True)
class Look:
    """Who looks as whom, why, and until when (UTC)."""

    looker: User
    person: User
    reason: str
    until: datetime.datetime

    @property
    def minutes_left(self) -> int:
        """Whole minutes, at least one while it lasts."""
        left = self.until - datetime.datetime.now(datetime.UTC)
        return max(1, -(-int(left.total_seconds()) // 60))


def is_closed(module: str) -> bool:
    """Whether a view of this module belongs to a closed room."""
    return any(module == room or module.startswith(f"{room}.") for room in CLOSED)


def begun(request: HttpRequest) -> dict[str, object] | None:
    """What the session holds of a look, also of one whose time is over."""
    kept = request.session.get(KEY)
    return kept if isinstance(kept, dict) else None


def is_over(kept: dict[str, object]) -> bool:
    """Whether its time is over."""
    return float(str(kept["until"])) <= time.time()
