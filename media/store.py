"""Files between the store (a folder or S3, Django's default storage) and the local disk, where ffmpeg works."""

import errno
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from media.errors import MediaError
from media.models import Asset

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class MovableFile(File):
    """A local file that a folder store may move into place instead of copying it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        """Where the bytes are now: Django's folder store moves what has such a path."""
        return str(self._path)


def local_original(asset: Asset, work: Path) -> AbstractContextManager[Path]:
    """The asset's original as a local file; see local_file."""
    return local_file(asset.original.name or "", work / "original")


@contextmanager
def local_file(name: str, copy: Path) -> Iterator[Path]:
    """A file of the store as a local one, fetched to `copy` when the store is elsewhere; raises MediaError("missing")."""
    with answering():
        if not name or not default_storage.exists(name):
            raise MediaError("missing", name)
        if (bucket := s3_bucket()) is not None:
            path = copy
            # not by open(), which holds the whole file in memory
            bucket.download_file(name, str(path))
        else:
            path = Path(default_storage.path(name))
    yield path


def s3_bucket() -> Any:
    """The bucket (boto3's) when files are kept in S3; None with a folder."""
    return getattr(default_storage, "bucket", None)


@contextmanager
def answering() -> Iterator[None]:
    """What a store or a disk refuses inside the block becomes a MediaError: out_of_disk, or storage when it may answer later."""
    try:
        yield
    except OSError as error:
        raise MediaError("out_of_disk" if error.errno in FULL else "storage", repr(error)) from error
    except _s3_refusals() as error:
        raise MediaError("storage", repr(error)) from error


def _s3_refusals() -> tuple[type[Exception], ...]:
    """What boto3 raises; nothing where it was never used, because it is large."""
    if "boto3" not in sys.modules:
        return ()
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (Boto3Error, BotoCoreError, ClientError)


def put_files(files: Iterable[Path], prefix: str, *, before_each: Callable[[Path], None]) -> None:
    """Bring local files into the store below `prefix`; the local ones may be gone afterwards."""
    for path in files:
        before_each(path)
        with answering(), MovableFile(path) as content:
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
