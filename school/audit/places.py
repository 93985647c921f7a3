"""Where seals go: to a file that is only added to, the system's log, a mailbox, or objects of an S3 store with a lock on them.

A place is an address: ``file:///srv/seals.jsonl``, ``syslog://log.example:514``, ``syslog:///dev/log``,
``mailto:audit@example.vn``,
``s3://key:secret@host/bucket?region=…`` (objects ``seals/0000000001.json``; give the bucket an object lock).
"""

import json
import logging
import logging.handlers
import os
import socket
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string


class PlaceError(Exception):
    """A place cannot be reached, or does not take the seal; the words say why."""


class Place(Protocol):
    """Takes a seal's line under its name; ``lines`` gives them back where the place can be read."""

    def put(self, name: str, line: str) -> None: ...

    def lines(self) -> list[str] | None: ...


class FilePlace:
    """A file that is opened for adding alone. On another machine's disk, or with ``chattr +a``, it is beyond the web's reach."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, f"{line}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def lines(self) -> list[str] | None:
        return self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []


class SyslogPlace:
    """The system's log, here (``syslog:///dev/log``) or elsewhere by UDP (RFC 3164), facility auth."""

    def __init__(self, address: Any) -> None:
        self.address = address

    def put(self, name: str, line: str) -> None:
        handler = logging.handlers.SysLogHandler(
            self.address, logging.handlers.SysLogHandler.LOG_AUTH, socket.SOCK_DGRAM
        )
        handler.ident = "mai-truong: "
        try:
            # Not through handler.emit, which keeps its failures to itself.
            handler.socket.sendto(f"<{4 * 8 + 5}>mai-truong: seal {line}".encode(), handler.address)  # type: ignore[attr-defined]
        except OSError as error:
            raise PlaceError(f"the log at {self.address} does not answer: {error}") from error
        finally:
            handler.close()

    def lines(self) -> list[str] | None:
        return None


class MailPlace:
    """A mailbox, best one that the district's operator cannot empty."""

    def __init__(self, address: str) -> None:
        self.address = address

    def put(self, name: str, line: str) -> None:
        facts = json.loads(line)
        try:
            EmailMessage(f"[Mái Trường] seal {facts['seal']}", line, to=[self.address]).send()
        except Exception as error:  # an SMTP server fails in a dozen ways of its own
            raise PlaceError(f"the mail to {self.address} was not taken: {error}") from error

    def lines(self) -> list[str] | None:
        return None


class ObjectPlace:
    """One object a seal in a store."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def put(self, name: str, line: str) -> None:
        path = f"seals/{name}.json"
        try:
            if not self.storage.exists(path):
                self.storage.save(path, ContentFile(line.encode()))
        except Exception as error:  # the store's library raises its own classes
            raise PlaceError(f"the store did not take {path}: {error}") from error

    def lines(self) -> list[str] | None:
        try:
            _, names = self.storage.listdir("seals")
            return [self.storage.open(f"seals/{name}").read().decode().strip() for name in sorted(names)]
        except Exception as error:
            raise PlaceError(f"the store could not be read: {error}") from error


def name_of(address: str) -> str:
    """A place's name for pages, the database and reports: its address without what opens it."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()[:200]


def place_of(address: str) -> Place:
    """The place of an address; raises PlaceError for one of no known kind."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return FilePlace(Path(unquote(parts.path)))
    if parts.scheme == "syslog":
        return SyslogPlace((parts.hostname, parts.port or 514) if parts.hostname else parts.path)
    if parts.scheme == "mailto":
        return MailPlace(parts.path)
    if parts.scheme == "s3" and address in settings.AUDIT_SEAL_STORES:
        entry = settings.AUDIT_SEAL_STORES[address]
        return ObjectPlace(import_string(entry["BACKEND"])(**entry["OPTIONS"] | {"file_overwrite": False}))
    raise PlaceError(f"{parts.scheme or address!r} is no kind of place for seals: file, syslog, mailto or s3.")


def places() -> dict[str, str]:
    """The places of the settings: name → address."""
    return {name_of(address): address for address in settings.AUDIT_SEAL_PLACES}
