"""What tests of all rooms share: examples beside the checkout (the project is complete without them), a fresh sign-in."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.test import Client

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).resolve().parents[2] / "shared"))


def shared(path: str) -> Path:
    """A file of `../shared`; where it is absent the test says so, and in CI that is a failure."""
    found = SHARED / path
    if not found.exists():
        message = f"needs {path} of ../shared, which is not on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def proved(client: Client, user: Any, *, seconds_ago: float = 0) -> None:
    """Note in the session of a client signed in by force what a real sign-in notes: a password, so many seconds ago."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds_ago}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
