"""Where the two hosts are, and how a content is named in xAPI statements."""

from __future__ import annotations

from django.conf import settings


def content_origin() -> str:
    """Scheme, host and port of the content host."""
    return f"{settings.SCHEME}://{settings.CONTENT_HOST}"


def platform_origin() -> str:
    """Scheme, host and port of the platform."""
    return f"{settings.SCHEME}://{settings.PLATFORM_HOST}"


def activity_id(content_pk: int) -> str:
    """The address that names a content in xAPI statements."""
    return f"{platform_origin()}/h5p/{content_pk}/"
