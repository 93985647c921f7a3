"""Serve chosen files of node_modules below ``/static/vendor/<package>/<path>``; nothing else of it is reachable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, searched_locations
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "vendor"


class NpmFinder(BaseFinder):
    """Find the files that ``settings.NPM_FILES`` names: ``{"package": ["dist/x.min.js", "images/*"]}``."""

    def __init__(self, app_names: Sequence[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.NPM_ROOT)
        self.allowed: Mapping[str, Sequence[str]] = settings.NPM_FILES
        self.storage = FileSystemStorage(location=self.root)
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]  # collectstatic reads it from the storage
        super().__init__()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Report every wanted file that is not there, with the command that brings it."""
        return [
            Error(
                f"{package}/{pattern} matches no file below node_modules.",
                hint="Run: npm ci --ignore-scripts",
                id="assets.E001",
            )
            for package, pattern in self._patterns()
            if not any(self._files(package, pattern))
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the absolute path of an allowed file, or an empty list."""
        if str(self.root) not in searched_locations:
            searched_locations.append(str(self.root))
        wanted = path.replace("\\", "/").removeprefix(PREFIX + "/")
        if wanted == path or ".." in wanted or not self._allows(wanted) or not self.storage.exists(wanted):
            return []
        full = self.storage.path(wanted)
        return [full] if find_all else full

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Yield every allowed file for collectstatic."""
        for package, pattern in self._patterns():
            for file in self._files(package, pattern):
                yield file.relative_to(self.root).as_posix(), self.storage

    def _patterns(self) -> Iterator[tuple[str, str]]:
        for package, patterns in self.allowed.items():
            for pattern in patterns:
                yield package, pattern

    def _files(self, package: str, pattern: str) -> Iterator[Path]:
        return (file for file in sorted((self.root / package).glob(pattern)) if file.is_file())

    def _allows(self, wanted: str) -> bool:
        # fnmatch lets * cross folders, glob does not: equal depth keeps the two in step.
        return any(
            fnmatch(wanted, f"{package}/{pattern}") and wanted.count("/") == f"{package}/{pattern}".count("/")
            for package, pattern in self._patterns()
        )
