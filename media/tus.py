"""The tus 1.0 upload protocol on our own rows: the library speaks the protocol, here are its store, lock and hooks.

Bytes lie in the incoming folder (shared by all web machines) until the last has come; the row holds the offset.
"""

import os
import secrets
import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from resumable_upload import TusServer
from resumable_upload.exceptions import TusHookError
from resumable_upload.locks import LockBackend
from resumable_upload.storage import Storage

from media.conf import media_settings
from media.errors import MediaError, sentence
from media.models import Kind, Upload
from media.services import ALL_KINDS, upload_finish, upload_start

REFUSED = 422
TOO_LARGE = 413
UNAVAILABLE = 503
POLL_SECONDS = 0.05


class RowStorage(Storage):  # type: ignore[misc]  # the library ships no types
    """Uploads of one person: rows in the database, bytes in the incoming folder."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.folder = media_settings().incoming_folder
        self.folder.mkdir(parents=True, exist_ok=True)

    def _rows(self, upload_id: str) -> Any:
        return Upload.objects.filter(pk=upload_id, owner=self.owner)

    def create_upload(
        self,
        upload_id: str,
        upload_length: int | None,
        metadata: dict[str, str],
        expires_at: datetime | None = None,
        is_partial: bool = False,
    ) -> None:
        """Announce an upload; the create hook has refused unknown lengths and what is not allowed."""
        try:
            upload_start(
                upload_id=uuid.UUID(upload_id),
                owner=self.owner,
                name=metadata.get("filename", ""),
                length=upload_length or 0,
                title=metadata.get("title", ""),
                kinds=kinds_of(metadata.get("kinds", "")),
            )
        except MediaError as error:
            status = TOO_LARGE if error.code in ("too_big", "quota") else REFUSED
            raise TusHookError(error.sentence, status_code=status) from error
        (self.folder / upload_id).touch()

    def get_upload(self, upload_id: str) -> dict[str, Any] | None:
        """What the protocol wants to know of an upload; None for another person's."""
        upload = self._rows(upload_id).first()
        if upload is None:
            return None
        return {
            "upload_id": upload_id,
            "upload_length": upload.length,
            "offset": upload.offset,
            "metadata": {"filename": upload.name},
            "completed": upload.completed,
            "expires_at": upload.expires,
        }

    def update_offset(self, upload_id: str, offset: int) -> None:
        """Set the number of bytes that have come."""
        self._rows(upload_id).update(offset=offset)

    def update_offset_atomic(self, upload_id: str, expected_offset: int, new_offset: int) -> bool:
        """Advance the offset unless another request has; a moving upload stays resumable for its days anew."""
        expires = timezone.now() + timedelta(days=media_settings().upload_days)
        changed = self._rows(upload_id).filter(offset=expected_offset).update(offset=new_offset, expires=expires)
        return bool(changed == 1)

    def delete_upload(self, upload_id: str) -> None:
        """Forget an upload and its bytes; an asset made of it stays."""
        self._rows(upload_id).filter(asset__isnull=True).delete()
        (self.folder / upload_id).unlink(missing_ok=True)

    def write_chunk(self, upload_id: str, offset: int, data: bytes) -> None:
        """Write bytes at their place and make sure of them before the offset moves."""
        with (self.folder / upload_id).open("r+b") as file:
            file.seek(offset)
            file.write(data)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def read_file(self, upload_id: str) -> bytes:
        """The bytes so far; the protocol's download extension, which would use this, is off."""
        return (self.folder / upload_id).read_bytes()

    def get_expired_uploads(self) -> list[str]:
        """Uploads that can no longer be resumed."""
        late = Upload.objects.filter(owner=self.owner, expires__lt=timezone.now(), asset__isnull=True)
        return [str(pk) for pk in late.values_list("pk", flat=True)]

    def cleanup_expired_uploads(self) -> int:
        """Delete them; the nightly sweep does it for everyone."""
        late = self.get_expired_uploads()
        for upload_id in late:
            self.delete_upload(upload_id)
        return len(late)


class RowLock(LockBackend):  # type: ignore[misc]
    """One writer per upload over all web processes: a conditional UPDATE of the row."""

    def acquire(self, key: str, ttl_seconds: float, wait_timeout: float = 0.0) -> str | None:
        """Take the lock of an upload or wait for it; None when it stays taken."""
        token = secrets.token_hex(16)
        deadline = time.monotonic() + wait_timeout
        while True:
            now = timezone.now()
            free = Q(locked_by="") | Q(locked_until__lt=now)
            until = now + timedelta(seconds=ttl_seconds)
            if Upload.objects.filter(free, pk=key).update(locked_by=token, locked_until=until):
                return token
            if time.monotonic() >= deadline:
                return None
            time.sleep(POLL_SECONDS)

    def release(self, key: str, token: str) -> None:
        """Give the lock back; a stale token changes nothing."""
        Upload.objects.filter(pk=key, locked_by=token).update(locked_by="", locked_until=None)


class UploadServer(TusServer):  # type: ignore[misc]  # the library ships no types
    """The protocol for one person's request."""

    def __init__(self, owner: Any, base_path: str) -> None:
        super().__init__(
            storage=RowStorage(owner),
            base_path=base_path,
            max_chunk_size=media_settings().chunk_bytes,
            lock_backend=RowLock(),
            disable_concatenation=True,
            on_upload_create=self._check_length,
            on_upload_complete=self._finish,
        )
        # not announced: lengths must be known for the quota, and pieces come by PATCH only
        self.SUPPORTED_EXTENSIONS: list[str] = ["creation", "termination", "checksum", "expiration"]

    def _handle_create(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        try:
            answer: tuple[int, dict[str, str], bytes] = super()._handle_create(headers, b"")
        except TusHookError as error:
            return self._refusal(error.status_code, error.body)
        return answer

    def _check_length(self, upload_id: str, metadata: dict[str, str], length: int | None) -> None:
        if length is None:
            raise TusHookError("Upload-Length is needed: quota and size are checked before the first byte.", 400)

    def _finish(self, upload_id: str, metadata: dict[str, str], info: dict[str, Any]) -> dict[str, Any] | None:
        try:
            upload_finish(Upload.objects.get(pk=upload_id))
        except MediaError as error:
            return {"status_code": UNAVAILABLE if error.retryable else REFUSED, "body": sentence(error.code)}
        return None

    def _refusal(self, status: int, text: str) -> tuple[int, dict[str, str], bytes]:
        return status, {"Tus-Resumable": self.TUS_VERSION, "Content-Type": "text/plain; charset=utf-8"}, text.encode()

    def _build_location(self, upload_id: str, request_headers: dict[str, str]) -> str:
        return f"{self.base_path}/{upload_id}/"


def kinds_of(text: str) -> frozenset[Kind]:
    """The kinds that a client says it wants, separated by blanks or commas; all when it says nothing known."""
    known = frozenset(Kind(word) for word in text.replace(",", " ").split() if word in Kind.values)
    return known or ALL_KINDS


def accepted(kinds: Iterable[Kind]) -> str:
    """The kinds as a client passes them on."""
    return " ".join(sorted(kinds))
