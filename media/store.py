"""Files between the store (a folder or S3, Django's default storage) and the local disk, where ffmpeg works."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from media.errors import MediaError
from media.models import Asset


class MovableFile(File):
    """A local file that a folder store may move into place instead of copying it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        """Where the bytes are now: Django's folder store moves what has such a path."""
        return str(self._path)


@contextmanager
def local_original(asset: Asset, work: Path) -> Iterator[Path]:
    """The asset's original as a local file; fetched into `work` when the store is elsewhere."""
    name = asset.original.name or ""
    if not name or not default_storage.exists(name):
        raise MediaError("missing", name)
    try:
        yield Path(default_storage.path(name))
        return
    except NotImplementedError:
        copy = work / "original"
    with default_storage.open(name) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    yield copy


def put_files(files: Iterable[Path], prefix: str, *, before_each: Callable[[Path], None]) -> None:
    """Bring local files into the store below `prefix`; the local ones may be gone afterwards."""
    for path in files:
        before_each(path)
        with MovableFile(path) as content:
            saved = default_storage.save(prefix + path.name, content)
        if saved != prefix + path.name:
            raise MediaError("storage", f"{prefix}{path.name} was already there")


def delete_prefix(prefix: str) -> int:
    """Delete every file below a folder of the store, then the folder; returns how many files went."""
    try:
        folders, files = default_storage.listdir(prefix)
    except FileNotFoundError:
        return 0
    gone = sum(delete_prefix(f"{prefix.rstrip('/')}/{folder}") for folder in folders)
    for name in files:
        default_storage.delete(f"{prefix.rstrip('/')}/{name}")
    default_storage.delete(prefix.rstrip("/"))
    return gone + len(files)


def folders(prefix: str) -> list[str]:
    """Names of the folders right below a folder of the store."""
    try:
        return sorted(default_storage.listdir(prefix)[0])
    except FileNotFoundError:
        return []


def newest_change(prefix: str) -> datetime | None:
    """When a file right below the folder was last written; None when there is none."""
    try:
        files = default_storage.listdir(prefix)[1]
    except FileNotFoundError:
        return None
    return max((default_storage.get_modified_time(f"{prefix.rstrip('/')}/{name}") for name in files), default=None)


def read_text(name: str) -> str:
    """A small text file of the store (playlists, captions)."""
    with default_storage.open(name) as content:
        return str(content.read().decode("utf-8"))


def digest(path: Path) -> str:
    """SHA-256 of a local file, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
