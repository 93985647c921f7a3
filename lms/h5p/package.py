"""The inside of a package: descriptions, libraries and content, all checked before anything is unpacked.

Every fault is collected; a person who repairs a package wants to hear all of them at once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from django.utils.translation import gettext as _

from lms.h5p import schemas
from lms.h5p.archive import TOO_LARGE, Archive, Limits
from lms.h5p.filetypes import CONTENT_EXTENSIONS, HEAD_BYTES, LIBRARY_EXTENSIONS, content_fits, extension
from lms.h5p.names import MACHINE_NAME, LibraryName, language_file_valid
from lms.h5p.problems import PackageRefused, Problem

log = logging.getLogger(__name__)

GATING_KINDS = ("preloaded", "dynamic")
ALL_KINDS = ("preloaded", "dynamic", "editor")


@dataclass
class PackagedLibrary:
    """A library that came in a package and is new or newer than the installed one."""

    name: LibraryName
    patch: int
    folder: str
    metadata: dict[str, Any]
    semantics: list[Any] | None
    files: list[str] = field(default_factory=list)

    def needs(self, *kinds: str) -> list[LibraryName]:
        """The libraries it names, in the declared order."""
        return dependencies(self.metadata, *kinds)


@dataclass
class Package:
    """A package that passed. `content` files are named relative to its content folder."""

    archive: Archive
    metadata: dict[str, Any]
    params: dict[str, Any]
    main: LibraryName | None
    libraries: dict[LibraryName, PackagedLibrary]
    named: set[LibraryName]
    content_files: set[str]


def dependencies(metadata: Mapping[str, Any], *kinds: str) -> list[LibraryName]:
    """The dependencies of the given kinds (preloaded, dynamic, editor) in h5p.json or library.json."""
    return [LibraryName.of(one) for kind in kinds for one in metadata.get(f"{kind}Dependencies") or []]


def package_open(
    source: IO[bytes],
    *,
    limits: Limits | None = None,
    installed: Mapping[LibraryName, int] | None = None,
    with_content: bool = True,
) -> Package:
    """Check a package against everything that is known before unpacking.

    `installed` maps the libraries that are here to their patch version: a packaged one of the same or an older patch is
    not looked at. Without content (`with_content=False`) only the libraries count. Raises PackageRefused.
    """
    archive = Archive(source, limits or Limits())
    reader = _Reader(archive, installed or {})
    reader.check_extensions(with_content)
    if any(problem.code in TOO_LARGE for problem in reader.problems):
        raise PackageRefused(reader.problems)  # nothing of it is read
    if with_content:
        reader.read_description()
        reader.read_content()
    reader.read_libraries()
    reader.check_needs()
    if not with_content and not reader.named and not reader.problems:
        reader.problems.append(Problem("no-library"))
    if reader.problems:
        raise PackageRefused(reader.problems)
    return Package(
        archive=archive,
        metadata=reader.metadata,
        params=reader.params,
        main=reader.main,
        libraries=reader.libraries,
        named=reader.named,
        content_files={path.split("/", 1)[1] for path in archive.files if path.startswith("content/")},
    )


class _Reader:
    def __init__(self, archive: Archive, installed: Mapping[LibraryName, int]) -> None:
        self.archive = archive
        self.installed = installed
        self.problems = list(archive.problems)
        self.metadata: dict[str, Any] = {}
        self.params: dict[str, Any] = {}
        self.main: LibraryName | None = None
        self.libraries: dict[LibraryName, PackagedLibrary] = {}
        self.named: set[LibraryName] = set()
        self._by_folder: dict[str, list[str]] = {}
        for path in archive.files:
            folder, slash, rest = path.partition("/")
            if slash:
                self._by_folder.setdefault(folder, []).append(rest)

    def problem(self, code: str, **details: str) -> None:
        self.problems.append(Problem(code, details))

    def json(self, path: str) -> Any:
        return schemas.json_read(self.archive.read(path))

    def check_extensions(self, with_content: bool) -> None:
        for folder, files in self._by_folder.items():
            inside = folder.casefold() == "content"
            if inside and not with_content:
                continue
            allowed = CONTENT_EXTENSIONS if inside else LIBRARY_EXTENSIONS
            for file in files:
                if extension(file) not in allowed:
                    log.info("h5p: a file of type %r was refused", extension(file))
                    self.problem("not-in-whitelist", file=f"{folder}/{file}", allowed=" ".join(sorted(allowed)))

    def read_description(self) -> None:
        path = next((path for path in self.archive.files if path.casefold() == "h5p.json"), None)
        if path is None:
            self.problem("invalid-h5p-json-file")
            return
        try:
            data = self.json(path)
        except schemas.Unreadable as error:
            self.problem("unable-to-parse-package", file=path, reason=str(error))
            return
        reasons = schemas.faults(schemas.H5P_JSON, data)
        for reason in reasons:
            self.problem("invalid-h5p-json-file-2", reason=reason)
        if reasons:
            return
        self.metadata = data
        self.main = next(
            (name for name in dependencies(data, "preloaded") if name.machine_name == data["mainLibrary"]), None
        )
        if self.main is None:
            self.problem("missing-main-library", library=data["mainLibrary"])

    def read_content(self) -> None:
        path = "content/content.json"
        if path not in self.archive.files:
            self.problem("invalid-content-folder")
        else:
            try:
                data = self.json(path)
                if not isinstance(data, dict):
                    raise schemas.Unreadable(_("it is not an object"))
                self.params = data
            except schemas.Unreadable as error:
                self.problem("unable-to-parse-package", file=path, reason=str(error))
        for file in self._by_folder.get("content", []):
            name = f"content/{file}"
            known = extension(file) in CONTENT_EXTENSIONS
            if known and name != path and not content_fits(file, self.archive.head(name, HEAD_BYTES)):
                self.problem("upload-validation-error", file=name)

    def read_libraries(self) -> None:
        for folder, files in sorted(self._by_folder.items()):
            if folder.casefold() == "content":
                continue
            if not MACHINE_NAME.fullmatch(folder):
                self.problem("invalid-library-name", library=folder)
                continue
            self.read_library(folder, files)

    def read_library(self, folder: str, files: list[str]) -> None:
        if "library.json" not in files:
            self.problem("invalid-library-json-file", library=folder)
            return
        try:
            data = self.json(f"{folder}/library.json")
        except schemas.Unreadable:
            self.problem("invalid-library-json-file", library=folder)
            return
        reasons = schemas.faults(schemas.LIBRARY_JSON, data)
        for reason in reasons:
            self.problem("invalid-schema-library-json-file", library=folder, reason=reason)
        if reasons:
            return
        name, patch = LibraryName.of(data), int(data["patchVersion"])
        if folder not in (name.machine_name, name.folder):
            self.problem("library-directory-name-mismatch", library=folder, name=str(name))
            return
        if name in self.named:
            self.problem("duplicate-library", library=str(name))
            return
        self.named.add(name)
        if self.installed.get(name, -1) >= patch:
            return
        library = PackagedLibrary(name, patch, folder, data, None, sorted(files))
        self.check_library(library)
        self.libraries[name] = library

    def check_library(self, library: PackagedLibrary) -> None:
        folder, files = library.folder, set(library.files)
        if not schemas.core_supported(library.metadata):
            needs = library.metadata["coreApi"]
            self.problem(
                "api-version-unsupported",
                library=folder,
                required=f"{needs['majorVersion']}.{needs['minorVersion']}",
                current=".".join(str(number) for number in schemas.CORE_API),
            )
        for key in ("preloadedJs", "preloadedCss"):
            for one in library.metadata.get(key) or []:
                path = schemas.asset_path(one["path"])
                if path is None:
                    reason = f"{key}: {one['path'][:120]}"
                    self.problem("invalid-schema-library-json-file", library=folder, reason=reason)
                elif path not in files:
                    self.problem("library-file-missing", library=folder, file=path)
                else:
                    one["path"] = path
        for file in library.files:
            place, _slash, name = file.rpartition("/")
            if place == "language":
                self.check_language(folder, file, name)
        if "semantics.json" in files:
            try:
                library.semantics = self.json(f"{folder}/semantics.json")
            except schemas.Unreadable:
                self.problem("invalid-semantics-json-file", library=folder)
                return
            if not isinstance(library.semantics, list):
                self.problem("invalid-semantics-json-file", library=folder)

    def check_language(self, folder: str, file: str, name: str) -> None:
        if not language_file_valid(name):
            self.problem("invalid-language-file", library=folder, file=file)
            return
        try:
            self.json(f"{folder}/{file}")
        except schemas.Unreadable:
            self.problem("invalid-language-file-json", library=folder, file=file)

    def check_needs(self) -> None:
        """Everything that is needed, also by what is needed, comes along or is here already."""
        wanted = dependencies(self.metadata, *GATING_KINDS)
        for library in self.libraries.values():
            wanted.extend(library.needs(*GATING_KINDS))
        missing = {name for name in wanted if name not in self.named and name not in self.installed}
        for name in sorted(missing):
            self.problem("missing-required-library", library=str(name))
