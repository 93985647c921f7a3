"""A speech model that cannot be used is said aloud: its owners would only miss a button."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from media.conf import media_settings
from media.speech import speech_fault


@register
def speech_check(**_: Any) -> list[CheckMessage]:
    """media.W001 when MEDIA_SPEECH_MODEL is set and no captions can be made from speech."""
    fault = speech_fault() if media_settings().speech_model is not None else ""
    if not fault:
        return []
    return [
        Warning(
            f"No captions are made from speech. {fault}",
            hint="docs/operations.md says which model to fetch; leave MEDIA_SPEECH_MODEL unset to do without.",
            id="media.W001",
        )
    ]
