"""Our addresses as tools and platforms are told them: from the issuer, never from a request's Host header."""

from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from school.oidc.keys import issuer


def absolute(name: str, *args: Any) -> str:
    """The whole address of a view of this app."""
    return issuer() + reverse(f"lti:{name}", args=args)


def origin(address: str) -> str:
    """Scheme, host and port, as a content security policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def tool_settings() -> dict[str, str]:
    """What is typed into a platform (Moodle, Canvas) so that it launches our lessons."""
    return {
        "tool": absolute("arrive"),
        "login": absolute("arrive-login"),
        "keys": absolute("keys"),
        "canvas": absolute("canvas"),
    }


def settings_of() -> dict[str, str]:
    """What is typed into a tool so that it knows this platform."""
    return {
        "issuer": issuer(),
        "authorize": absolute("authorize"),
        "token": absolute("token"),
        "keys": absolute("keys"),
    }
