"""Finished sizes of the portals' pictures: kept with all other files, readable by everyone under /anh/."""

from typing import IO, Any

from django.core.files.storage import Storage, default_storage
from django.urls import reverse
from django.utils.deconstruct import deconstructible

FOLDER = "images/"


# Wagtail names the storage to the task that takes a deleted picture's files away.
@deconstructible
class PictureStorage(Storage):
    """The default storage, with addresses of our own: the folder of uploads itself is never public."""

    def _open(self, name: str, mode: str = "rb") -> IO[Any]:
        return default_storage.open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        return default_storage.save(name, content)

    def exists(self, name: str) -> bool:
        """Whether the picture is there."""
        return default_storage.exists(name)

    def delete(self, name: str) -> None:
        """Take the picture away."""
        default_storage.delete(name)

    def size(self, name: str) -> int:
        """Bytes."""
        return default_storage.size(name)

    def url(self, name: str | None) -> str:
        """The public address of a finished size; the path is the same on every host."""
        return reverse("portal:picture", kwargs={"name": (name or "").removeprefix(FOLDER)}, urlconf="config.urls")
