"""Writes: libraries in, contents in and out."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from lms.h5p import store
from lms.h5p.archive import Limits
from lms.h5p.defaults import complete
from lms.h5p.filetypes import HEAD_BYTES, extension, true_extension
from lms.h5p.models import Content, ContentFile, Library, LibraryDependency, LibraryRelease, UserState
from lms.h5p.names import LibraryName, path_safe
from lms.h5p.package import ALL_KINDS, GATING_KINDS, Package, PackagedLibrary, dependencies, package_open
from lms.h5p.problems import PackageRefused, Problem
from lms.h5p.selectors import (
    InstalledSemantics,
    LocalSemantics,
    addons_for,
    installed_patches,
    libraries_needed,
    usable_names,
)
from lms.h5p.semantics import Filter, TooDeep, metadata
from school.organisation.models import School
from school.policy import may

log = logging.getLogger(__name__)

FileReader = Callable[[PackagedLibrary, str], bytes]

_KINDS_OF_FOLDER = {"images", "videos", "audios", "files"}
_FOLDER_OF = {
    "images": {"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"},
    "videos": {"webm", "mp4"},
    "audios": {"mp3", "ogg", "wav", "m4a"},
}
RESET = "RESET"


def limits_for(user: Any) -> Limits:
    """How large a package this person may bring: H5P_LIMITS of the settings, {"office" | "default": {field: number}}."""
    table: dict[str, dict[str, int]] = getattr(settings, "H5P_LIMITS", {})
    return Limits(**table.get("office" if may(user, "h5p.Library", "manage") else "default", {}))


def library_install(*, file: IO[bytes], by: Any) -> dict[str, str]:
    """Install the libraries of a package and approve them: {"H5P.Image 1.1": "new" | "patch" | "none"}.

    For office administrators: an installed library runs in everybody's browser. Raises PackageRefused.
    """
    package = package_open(file, limits=limits_for(by), installed=installed_patches(), with_content=False)
    outcome = dict.fromkeys((str(name) for name in sorted(package.named)), "none")
    outcome.update(libraries_store(libraries=package.libraries.values(), read=_reader(package), by=by))
    return outcome


def _reader(package: Package) -> FileReader:
    return lambda library, path: package.archive.read(f"{library.folder}/{path}")


def libraries_store(*, libraries: Iterable[PackagedLibrary], read: FileReader, by: Any) -> dict[str, str]:
    """Write libraries beside what is there, verify them, then switch all of them in one transaction.

    A failure leaves the installed ones as they were and nothing of the new ones. Raises PackageRefused.
    """
    written: list[tuple[PackagedLibrary, str, dict[str, int], str]] = []
    unused: list[tuple[str, dict[str, int]]] = []
    outcome: dict[str, str] = {}
    done = False
    try:
        for library in sorted(libraries, key=lambda one: one.name):
            folder, digest = store.release_folder(library.name, library.patch), hashlib.sha256()
            sizes: dict[str, int] = {}
            written.append((library, folder, sizes, ""))
            for path in library.files:
                data = read(library, path)
                digest.update(path.encode() + b"\0" + store.write(folder, path, data).encode())
                sizes[path] = len(data)
            wanted = [one["path"] for key in ("preloadedJs", "preloadedCss") for one in library.metadata.get(key) or []]
            store.verify(folder, sizes, wanted, library.folder)
            written[-1] = (library, folder, sizes, digest.hexdigest())
        with transaction.atomic():
            # Sorted by name, so that two installations never wait for each other crosswise.
            for library, folder, sizes, digest_text in written:
                result = _switch(library, folder, sizes, digest_text, by)
                outcome[str(library.name)] = result
                if result == "none":
                    unused.append((folder, sizes))
        done = True
    finally:
        for folder, sizes in unused if done else [(folder, sizes) for _one, folder, sizes, _digest in written]:
            store.folder_delete(folder, list(sizes))
    return outcome


def _switch(library: PackagedLibrary, folder: str, sizes: dict[str, int], digest: str, by: Any) -> str:
    name, data = library.name, library.metadata
    row, _created = Library.objects.get_or_create(
        machine_name=name.machine_name, major=name.major, minor=name.minor, defaults={"title": data["title"]}
    )
    # The lock: of a hundred installations of one library one is the first, the others find it there.
    row = Library.objects.select_for_update().get(pk=row.pk)
    before = row.current
    if before is not None and before.patch >= library.patch:
        return "none"
    release = LibraryRelease.objects.create(
        library=row,
        patch=library.patch,
        folder=folder,
        sha256=digest,
        metadata=data,
        semantics=library.semantics,
        files=sizes,
        installed_by=by,
    )
    LibraryDependency.objects.bulk_create(
        LibraryDependency(
            release=release,
            kind=kind,
            order=order,
            machine_name=need.machine_name,
            major=need.major,
            minor=need.minor,
        )
        for kind in ALL_KINDS
        for order, need in enumerate(dependencies(data, kind))
    )
    row.current, row.title, row.runnable, row.approved = release, data["title"], bool(data["runnable"]), True
    row.save()
    Content.objects.filter(libraries=row).update(stale=True)
    return "new" if before is None else "patch"


@transaction.atomic
def library_decide(*, library: Library, decision: str) -> Library:
    """The office approves a library or takes it out of use; contents made with a disabled one do not play."""
    row = Library.objects.select_for_update().get(pk=library.pk)
    row.approved = row.approved or decision == "approve"
    row.disabled = decision == "disable"
    row.save(update_fields=["approved", "disabled", "changed"])
    return row


def content_install(*, file: IO[bytes], by: Any, school: School | None, name: str = "") -> Content:
    """Take in a .h5p package as a content of `by` in `school`.

    An office administrator's upload installs the libraries that come along; everybody else's takes the installed code and
    drops the packaged one, and is refused when a library is not here or not approved. Raises PackageRefused.
    """
    return _content_write(None, file=file, by=by, school=school, name=name)


def content_replace(*, content: Content, file: IO[bytes], by: Any, name: str = "") -> Content:
    """Put another package in a content's place; states that the change makes meaningless start over."""
    return _content_write(content, file=file, by=by, school=content.school, name=name)


def _content_write(old: Content | None, *, file: IO[bytes], by: Any, school: School | None, name: str) -> Content:
    package = package_open(file, limits=limits_for(by), installed=installed_patches())
    if may(by, "h5p.Library", "manage"):
        libraries_store(libraries=package.libraries.values(), read=_reader(package), by=by)
    _require_usable(dependencies(package.metadata, *GATING_KINDS), package.named)
    assert package.main is not None  # package_open refuses a package without
    main = Library.objects.named({package.main}).get()
    if not main.runnable:
        raise PackageRefused([Problem("main-library-not-runnable", {"library": str(main)})])
    folder = store.content_folder()
    copies = _Copies(package, folder)
    try:
        sieve = Filter(InstalledSemantics(), copies.take)
        params = _repair(sieve, package.main, package.params, package.metadata["language"])
        addons = addons_for(params)
        named = [*addons, *sieve.used]
        _require_usable(named, package.named)
        with transaction.atomic():
            content = old or Content(owner=by, school=school)
            before = (content.folder, [one.path for one in content.files.all()]) if old else None
            content.title = package.metadata["title"]
            content.language = package.metadata["language"]
            content.main = main
            content.source_params = rename(package.params, copies.names)
            content.params = params
            content.sub_libraries = [str(one) for one in named]
            content.stale = False
            content.metadata = metadata(package.metadata)
            content.folder = folder
            content.source_name = name[:255]
            content.source_sha256 = _sha256(file)
            content.max_score = None
            content.save()
            content.libraries.set(Library.objects.named(libraries_needed(named, "preloaded")))
            content.files.all().delete()
            ContentFile.objects.bulk_create(
                ContentFile(content=content, path=path, size=size, sha256=digest)
                for path, (size, digest) in copies.written.items()
            )
            UserState.objects.filter(content=content, invalidate=True).update(data=RESET)
            if before is not None:
                transaction.on_commit(lambda: store.folder_delete(*before))
    except BaseException:
        store.folder_delete(folder, list(copies.written))
        raise
    return content


def _repair(sieve: Filter, main: LibraryName, params: dict[str, Any], language: str) -> dict[str, Any]:
    """The parameters, repaired, filled up and repaired again: a default comes from a package like everything else."""
    try:
        repaired = sieve.content(main, params)
        if not sieve.missing:
            complete(repaired, main, LocalSemantics(language))
            repaired = sieve.again(main, repaired)
    except TooDeep as error:
        raise PackageRefused([Problem("content-too-deep")]) from error
    if sieve.missing:
        missing = sorted(sieve.missing)
        raise PackageRefused([Problem("missing-required-library", {"library": str(one)}) for one in missing])
    return repaired


def _require_usable(names: Iterable[LibraryName], packaged: set[LibraryName]) -> None:
    known = set(installed_patches()) | packaged
    problems = [
        Problem("library-not-approved" if one in known else "missing-required-library", {"library": str(one)})
        for one in sorted(libraries_needed(names, *GATING_KINDS) - usable_names())
    ]
    if problems:
        raise PackageRefused(problems)


class _Copies:
    """Copies the files that the parameters name, each once, under new names; nothing else of the package is kept."""

    def __init__(self, package: Package, folder: str) -> None:
        self.package = package
        self.folder = folder
        self.names: dict[str, str] = {}
        self.written: dict[str, tuple[int, str]] = {}

    def take(self, path: str) -> str:
        """The new path of a file of the package, "" when it is not there or the path leads elsewhere."""
        if path in self.names:
            return self.names[path]
        # Contained before anything is opened: the path comes from the package.
        if not path_safe(path) or path not in self.package.content_files or path == "content.json":
            return ""
        data = self.package.archive.read(f"content/{path}")
        store.scan(path, data)
        kept = f"{_subfolder(path)}/{uuid.uuid4().hex}.{true_extension(path, data[:HEAD_BYTES])}"
        self.written[kept] = (len(data), store.write(self.folder, kept, data))
        self.names[path] = kept
        return kept


def _subfolder(path: str) -> str:
    first = path.split("/", 1)[0]
    if first in _KINDS_OF_FOLDER:
        return first
    ext = extension(path)
    return next((folder for folder, kinds in _FOLDER_OF.items() if ext in kinds), "files")


def rename(params: Any, names: dict[str, str]) -> Any:
    """The parameters with every file's path replaced by the one it is kept under."""
    if isinstance(params, list):
        return [rename(item, names) for item in params]
    if isinstance(params, dict):
        renamed = {key: rename(value, names) for key, value in params.items()}
        path = renamed.get("path")
        if isinstance(path, str):
            renamed["path"] = names.get(path.removesuffix("#tmp"), path)
        return renamed
    return params


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def content_refresh(*, content: Content) -> Content:
    """Repair the parameters again after a library changed. A content that no longer fits keeps its old parameters."""
    if not content.stale:
        return content
    files = {one.path for one in content.files.all()}
    sieve = Filter(InstalledSemantics(), lambda path: path if path in files else "")
    try:
        params = _repair(sieve, content.main.name, content.source_params, content.language)
    except PackageRefused:
        log.warning("h5p: content %s does not fit its libraries any more", content.pk)
    else:
        named = [*addons_for(params), *sieve.used]
        content.params = params
        content.sub_libraries = [str(one) for one in named]
        content.libraries.set(Library.objects.named(libraries_needed(named, "preloaded")))
    content.stale = False
    content.save(update_fields=["params", "sub_libraries", "stale"])
    return content


def content_delete(*, content: Content) -> None:
    """Remove a content with its files, states and results."""
    folder, paths = content.folder, [one.path for one in content.files.all()]
    with transaction.atomic():
        content.delete()
        transaction.on_commit(lambda: store.folder_delete(folder, paths))
