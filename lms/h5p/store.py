"""Where the files of libraries and contents lie: always under a new folder, never changed afterwards."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.files.base import ContentFile as Bytes
from django.core.files.storage import Storage, default_storage
from django.utils.module_loading import import_string

from lms.h5p.names import LibraryName, path_safe
from lms.h5p.problems import PackageRefused, Problem


def storage() -> Storage:
    """The store of uploads."""
    return default_storage


def release_folder(name: LibraryName, patch: int) -> str:
    """A folder for one attempt to install a release; the random part keeps a failed attempt out of the next one's way."""
    return f"h5p/libraries/{name.folder}.{patch}/{uuid.uuid4().hex[:12]}"


def content_folder() -> str:
    """A folder that nobody can guess, for one upload of a content."""
    return f"h5p/contents/{uuid.uuid4().hex}"


def write(folder: str, path: str, data: bytes) -> str:
    """Keep a file and answer its SHA-256. Raises ValueError for a path that leaves the folder."""
    if not path_safe(path):
        raise ValueError(path)
    kept = storage().save(f"{folder}/{path}", Bytes(data))
    if kept != f"{folder}/{path}":
        storage().delete(kept)
        raise FileExistsError(path)
    return hashlib.sha256(data).hexdigest()


def folder_delete(folder: str, paths: list[str]) -> None:
    """Take back what one attempt has written; a file that was never written is no fault."""
    for path in paths:
        storage().delete(f"{folder}/{path}")


def verify(folder: str, sizes: dict[str, int], wanted: list[str], library: str) -> None:
    """Everything that was written is there in full, and what the library loads is among it. Raises PackageRefused."""
    missing = [path for path in wanted if path not in sizes]
    missing += [
        path
        for path, size in sizes.items()
        if not storage().exists(f"{folder}/{path}") or storage().size(f"{folder}/{path}") != size
    ]
    if missing:
        raise PackageRefused(
            [Problem("library-consistency-check-file-missing", {"library": library, "file": path}) for path in missing]
        )


def scan(name: str, data: bytes) -> None:
    """Ask the virus scanner of the settings (H5P_SCANNER: dotted path of `f(name, data) -> bool`, True means clean).

    Raises PackageRefused(malware-found).
    """
    path = getattr(settings, "H5P_SCANNER", "")
    if not path:
        return
    scanner: Callable[[str, bytes], bool] = import_string(path)
    if not scanner(name, data):
        raise PackageRefused([Problem("malware-found", {"file": name})])
