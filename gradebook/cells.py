"""What pages, files and services hand to each other about cells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A cell's new text as typed, and the version the typist saw (0 for an empty cell)."""

    student: int
    column: int
    value: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: ``ok`` (value and version as stored now), ``conflict`` (theirs), ``refused`` (why)."""

    student: int
    column: int
    status: str
    value: str = ""
    version: int = 0
    why: str = ""
    by: str = ""
