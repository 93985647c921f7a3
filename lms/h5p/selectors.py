"""Reads: what is installed, what a content needs to play, what people reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from lms.h5p.defaults import localised
from lms.h5p.graph import closure, load_order
from lms.h5p.models import Content, Library, LibraryDependency, LibraryRelease, Result, UserState
from lms.h5p.names import LibraryName, language_choose
from lms.h5p.schemas import json_read
from lms.h5p.semantics import Semantics, addon_wanted
from lms.h5p.store import storage


def installed_patches() -> dict[LibraryName, int]:
    """Every installed library with its patch version, one query."""
    rows = Library.objects.filter(current__isnull=False).values_list("machine_name", "major", "minor", "current__patch")
    return {LibraryName(name, major, minor): patch for name, major, minor, patch in rows}


def usable_names() -> set[LibraryName]:
    """The libraries whose code may run here, one query."""
    rows = Library.objects.usable().values_list("machine_name", "major", "minor")
    return {LibraryName(*row) for row in rows}


@dataclass(frozen=True)
class Needs:
    """What installed libraries need, read once; `of` answers for one kind or several, in the declared order."""

    table: Mapping[LibraryName, Mapping[str, list[LibraryName]]]

    def of(self, name: LibraryName, *kinds: str) -> list[LibraryName]:
        """The libraries that `name` needs by itself."""
        found = self.table.get(name, {})
        return [need for kind in kinds for need in found.get(kind, [])]


def needs_of_installed() -> Needs:
    """The dependencies of every installed release, one query."""
    rows = (
        LibraryDependency.objects.filter(release=F("release__library__current"))
        .order_by("release", "kind", "order")
        .values_list(
            "release__library__machine_name",
            "release__library__major",
            "release__library__minor",
            "kind",
            "machine_name",
            "major",
            "minor",
        )
    )
    table: dict[LibraryName, dict[str, list[LibraryName]]] = defaultdict(lambda: defaultdict(list))
    for own, own_major, own_minor, kind, name, major, minor in rows:
        table[LibraryName(own, own_major, own_minor)][kind].append(LibraryName(name, major, minor))
    return Needs(table)


class InstalledSemantics:
    """Semantics of installed libraries, each read once. Calling with a library that is not here raises LookupError."""

    def __init__(self) -> None:
        self._known: dict[LibraryName, Semantics | None] = {}

    def __call__(self, name: LibraryName) -> Semantics | None:
        """The library's form, or None when it has none."""
        if name not in self._known:
            release = LibraryRelease.objects.filter(
                library__machine_name=name.machine_name,
                library__major=name.major,
                library__minor=name.minor,
                pk=F("library__current"),
            ).first()
            if release is None:
                raise LookupError(str(name))
            self._known[name] = self.read(release)
        return self._known[name]

    def read(self, release: LibraryRelease) -> Semantics | None:
        """The release's form, None when it has none."""
        return release.semantics


class LocalSemantics(InstalledSemantics):
    """The same with the defaults in a language, where the library has a file for it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def read(self, release: LibraryRelease) -> Semantics | None:
        """The release's form in the language."""
        files = {path.removeprefix("language/").removesuffix(".json") for path in release.files if _is_language(path)}
        chosen = f"language/{language_choose(self._language, files)}.json"
        if release.semantics is None or chosen not in release.files:
            return release.semantics
        with storage().open(f"{release.folder}/{chosen}") as file:
            translation = json_read(file.read())
        words = translation.get("semantics") if isinstance(translation, dict) else None
        localised_form: Semantics = localised(release.semantics, words)
        return localised_form


def _is_language(path: str) -> bool:
    return path.startswith("language/") and path.endswith(".json")


def addons_for(params: dict[str, Any]) -> list[LibraryName]:
    """Usable add-on libraries (mathematics, for instance) whose patterns occur in the content's texts."""
    rows = Library.objects.usable().filter(current__metadata__has_key="addTo").select_related("current")
    return [row.name for row in rows if row.current and addon_wanted(row.current.metadata["addTo"], params)]


def libraries_needed(start: Iterable[LibraryName], *kinds: str) -> set[LibraryName]:
    """The libraries and everything they need in turn."""
    needs = needs_of_installed()
    return closure(start, lambda name: needs.of(name, *kinds))


@dataclass(frozen=True)
class Playing:
    """What the browser loads for a content, in order, and the libraries that are not usable any more."""

    releases: list[LibraryRelease]
    missing: list[LibraryName]

    def assets(self, key: str) -> list[str]:
        """Addresses below the libraries' address, for instance "H5P.Image-1.1.22/image.js"."""
        return [
            f"{release.folder_name}/{one['path']}"
            for release in self.releases
            for one in release.metadata.get(key) or []
            if one["path"] in release.files
        ]


def playing(content: Content) -> Playing:
    """The releases a content needs, dependencies before dependants: three queries."""
    needs = needs_of_installed()
    start = [LibraryName.parse(text) for text in content.sub_libraries]
    order = load_order(start, lambda name: needs.of(name, LibraryDependency.Kind.PRELOADED))
    found = {
        row.name: row.current for row in Library.objects.usable().named(set(order)).select_related("current__library")
    }
    releases = [release for name in order if (release := found.get(name)) is not None]
    return Playing(releases, [name for name in order if found.get(name) is None])


def states_of(user: Any, content: Content, context: str) -> dict[str, dict[str, str]]:
    """The kept states that belong into the page: {sub-content id: {data type: text}}."""
    rows = UserState.objects.filter(user=user, content=content, context=context, preload=True)
    found: dict[str, dict[str, str]] = {}
    for row in rows.order_by("sub_content_id", "data_type"):
        found.setdefault(row.sub_content_id, {})[row.data_type] = row.data
    return found


@dataclass(frozen=True)
class BestResult:
    """The best of a person's finished attempts in a content, over all contexts. Scores are points, None when not scored."""

    score: Decimal | None
    max_score: Decimal | None
    attempts: int
    seconds: int
    completed: bool


def best_results(*, students: Collection[int], contents: Collection[int]) -> dict[tuple[int, int], BestResult]:
    """{(student id, content id): best result} of those who finished at least once; one query."""
    found: dict[tuple[int, int], BestResult] = {}
    rows = Result.objects.filter(user__in=students, content__in=contents, finished_at__isnull=False)
    for row in rows.order_by("pk"):
        key = (row.user_id, row.content_id)
        other = found.get(key)
        best = BestResult(row.best_score, row.max_score, row.attempts, row.seconds, row.completed)
        if other is None or (best.score or Decimal(-1)) > (other.score or Decimal(-1)):
            found[key] = best
    return found


def library_rows() -> QuerySet[Library]:
    """Libraries for the office's page, each with `content_count` (contents that load it)."""
    return (
        Library.objects.select_related("current", "current__installed_by")
        .prefetch_related("releases")
        .annotate(content_count=Count("used_by", distinct=True))
        .filter(Q(current__isnull=False) | Q(content_count__gt=0))
    )
