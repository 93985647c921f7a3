"""Ways out of the house. A back end is a class with `send(delivery)`; the setting SMS_BACKEND names the one for SMS.

Real gateways come beside these two; what they share is that sending the same key twice must be harmless, because a worker
may die between the gateway's answer and ours.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.module_loading import import_string

from parentportal.models import Delivery


class TemporaryFailure(Exception):
    """The way is blocked for now: another attempt makes sense."""


class PermanentFailure(Exception):
    """The message can never go this way: no further attempt."""


class Backend(Protocol):
    """One way of sending."""

    def send(self, delivery: Delivery) -> None:
        """Hand the message over, or raise TemporaryFailure or PermanentFailure. The same `delivery.key` goes once."""


class FileBackend:
    """Each message is one JSON file in SMS_OUTBOX, named by its key: a repeat finds the file and adds nothing."""

    def send(self, delivery: Delivery) -> None:
        """Write the file; raises TemporaryFailure when the disk refuses."""
        folder = Path(settings.SMS_OUTBOX)
        path = folder / f"{hashlib.sha256(delivery.key.encode()).hexdigest()[:32]}.json"
        entry = {
            "key": delivery.key,
            "channel": delivery.channel,
            "to": delivery.to,
            "text": delivery.text,
            "parts": delivery.parts,
            "at": timezone.localtime().isoformat(timespec="seconds"),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part") as out:
                json.dump(entry, out, ensure_ascii=False, indent=1)
                out.flush()
                # The name appears with the whole file or not at all, and only for the first of two workers.
                path.hardlink_to(out.name)
        except FileExistsError:
            return
        except OSError as error:
            raise TemporaryFailure(str(error)) from error


class ConsoleBackend:
    """For a developer's terminal: one line a message on standard output."""

    def send(self, delivery: Delivery) -> None:
        """Write the line."""
        sys.stdout.write(f"[{delivery.channel}] {delivery.to}: {delivery.text}\n")
        sys.stdout.flush()


class EmailBackend:
    """Through Django's e-mail back end; the key travels as Message-ID, by which mail servers drop doubles."""

    def send(self, delivery: Delivery) -> None:
        """Send it; raises TemporaryFailure when the mail server does not take it."""
        name = hashlib.sha256(delivery.key.encode()).hexdigest()[:32]
        message = EmailMessage(
            subject=delivery.subject,
            body=delivery.text,
            to=[delivery.to],
            headers={"Message-ID": f"<{name}@{settings.PLATFORM_HOST.partition(':')[0]}>"},
        )
        try:
            message.send()
        except OSError as error:  # smtplib's exceptions are OSErrors
            raise TemporaryFailure(str(error)) from error


SMS_BACKENDS = {"file": "parentportal.backends.FileBackend", "console": "parentportal.backends.ConsoleBackend"}


def backend_for(channel: str) -> Backend:
    """The back end that the settings name for the channel: "file", "console", or the dotted path of a class."""
    if channel == Delivery.Channel.EMAIL:
        return EmailBackend()
    backend: Backend = import_string(SMS_BACKENDS.get(settings.SMS_BACKEND, settings.SMS_BACKEND))()
    return backend
