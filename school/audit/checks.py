"""A trigger that is missing is said aloud: without it a change leaves no trace."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from . import triggers


@register(Tags.database)
def triggers_check(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """audit.W001 for each trigger that is absent, disabled or outdated (`manage.py check --database default`)."""
    return [
        Warning(
            f"The trigger {name} of the trail is missing or outdated.",
            hint="`manage.py migrate` makes it again; until then such changes leave no trace.",
            id="audit.W001",
        )
        for alias in databases or []
        for name in triggers.missing(connections[alias])
    ]
