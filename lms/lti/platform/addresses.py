"""Our addresses as a tool is told them: from the issuer, never from a request's Host header."""

from typing import Any

from django.urls import reverse

from school.oidc.keys import issuer


def absolute(name: str, *args: Any) -> str:
    """The whole address of a view of this app."""
    return issuer() + reverse(f"lti:{name}", args=args)


def settings_of() -> dict[str, str]:
    """What is typed into a tool so that it knows this platform."""
    return {
        "issuer": issuer(),
        "authorize": absolute("authorize"),
        "token": absolute("token"),
        "keys": absolute("keys"),
    }
