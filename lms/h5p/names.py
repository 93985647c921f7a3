"""Names: of libraries, of files inside packages, of languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lms.h5p.problems import PackageRefused, Problem
from school.archive import path_ignored, path_safe

__all__ = [
    "MACHINE_NAME",
    "LibraryName",
    "language_choose",
    "language_file_valid",
    "main_library_valid",
    "path_ignored",
    "path_safe",
]

MACHINE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,255}")
_MAIN_LIBRARY = re.compile(r"[$a-zA-Z_][0-9a-zA-Z_.$]{1,254}")
_UBER = {
    "hyphen": re.compile(r"([A-Za-z0-9_.]+)-(\d{1,5})\.(\d{1,5})"),
    "space": re.compile(r"([A-Za-z0-9_.\-]+) (\d{1,5})\.(\d{1,5})"),
}
_LANGUAGE_FILE = re.compile(r"-?[A-Za-z]+(?:-[A-Za-z]+){0,6}\.json")


@dataclass(frozen=True, order=True)
class LibraryName:
    """Which library: machine name with major and minor version. The patch is not part of the identity."""

    machine_name: str
    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.machine_name} {self.major}.{self.minor}"

    @property
    def folder(self) -> str:
        """The name as H5P writes it in folders and URLs."""
        return f"{self.machine_name}-{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str, mode: str = "space") -> LibraryName:
        """Read "H5P.Example 1.0" (mode space) or "H5P.Example-1.0" (hyphen).

        Raises PackageRefused(invalid-ubername-pattern) for anything else.
        """
        modes = ("space", "hyphen") if mode == "either" else (mode,)
        for one in modes:
            match = _UBER[one].fullmatch(text)
            if match:
                return cls(match[1], int(match[2]), int(match[3]))
        raise PackageRefused([Problem("invalid-ubername-pattern", {"library": text[:120]})])

    @classmethod
    def of(cls, data: dict[str, Any]) -> LibraryName:
        """From a dictionary of h5p.json or library.json, whose versions may be numbers or strings."""
        return cls(str(data["machineName"]), int(data["majorVersion"]), int(data["minorVersion"]))


def main_library_valid(name: str) -> bool:
    """Whether h5p.json may name this as its main library."""
    return _MAIN_LIBRARY.fullmatch(name) is not None


def language_file_valid(name: str) -> bool:
    """Whether a file in a library's language/ folder is named like one: vi.json, zh-hans.json, .en.json is not."""
    return _LANGUAGE_FILE.fullmatch(name) is not None


def language_choose(ask: str, have: set[str]) -> str:
    """The language file to use: the exact one, else the language without its region, else English (also ".en")."""
    ask = ask.lower()
    by_lower = {name.lower(): name for name in have}
    for candidate in (ask, ask.split("-")[0], "en", ".en"):
        if candidate in by_lower:
            return by_lower[candidate]
    return "en"
