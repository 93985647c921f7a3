"""The outside of a package: a checked archive that speaks of packages."""

from lms.h5p.problems import PackageRefused, Problem
from school.archive import TOO_LARGE, Limits, size_text
from school.archive import Archive as CheckedArchive

__all__ = ["TOO_LARGE", "Archive", "Limits", "size_text"]


class Archive(CheckedArchive):
    """An opened package; what is wrong is told in the words of `problems`."""

    problem = Problem
    refused = PackageRefused
    problems: list[Problem]  # type: ignore[assignment]
