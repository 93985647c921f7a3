"""Hostile and broken packages: each has one fault, so that the verdict can come only from that fault."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from lms.h5p import store
from lms.h5p.archive import Limits
from lms.h5p.models import Content, Library
from lms.h5p.package import package_open
from lms.h5p.problems import SENTENCES, PackageRefused, Problem
from tests.lms.h5p.packages import (
    LIBRARY,
    PNG,
    files_of,
    forged_size,
    install,
    quick_check,
    with_entry,
    with_files,
    with_json,
    zipped,
)
from tests.world import World

H5P_JSON, LIBRARY_JSON = "h5p.json", f"{LIBRARY}/library.json"
Entry = zipfile.ZipInfo


def named(name: str) -> bytes:
    return with_entry(lambda entry: None, name)


def mode(kind: int) -> Callable[[Entry], None]:
    def prepare(entry: Entry) -> None:
        entry.create_system = 3
        entry.external_attr = (kind | 0o777) << 16

    return prepare


def nul_name() -> bytes:
    data = named("content/images/a.pngQQ.js")
    return data.replace(b"a.pngQQ.js", b"a.png\0Q.js")


def twice(second: str, data: bytes) -> bytes:
    target = io.BytesIO(named("content/images/a.png"))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(Entry(second), data)
    return target.getvalue()


def encrypted() -> bytes:
    data = bytearray(named("content/images/a.png"))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 8] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """A bomb of the overlapping kind: two names of the directory share the bytes of one file."""
    first = bytearray(twice("content/images/b.png", PNG))
    with zipfile.ZipFile(io.BytesIO(bytes(first))) as archive:
        offset = archive.getinfo("content/images/a.png").header_offset
    directory = first.rfind(b"PK\x01\x02")
    first[directory + 42 : directory + 46] = offset.to_bytes(4, "little")
    return bytes(first)


def bomb() -> bytes:
    return with_entry(lambda entry: None, "content/images/bomb.txt", b"\0" * (8 * 1024 * 1024))


def many() -> bytes:
    return zipped({**files_of(quick_check()), **{f"content/images/{n}.txt": b"" for n in range(10_001)}})


def set_to(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.update(values)


def without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda data: {name: value for name, value in data.items() if name != key}


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"not a package", "unable-to-unzip"),
    "empty": (lambda: b"", "unable-to-unzip"),
    "cut off": (lambda: quick_check()[:-40], "unable-to-unzip"),
    "an empty archive": (lambda: zipped({}), "unable-to-unzip"),
    "a page before the archive": (lambda: b"<html><script>1</script>" + quick_check(), "foreign-data"),
    "a page behind the archive": (lambda: quick_check() + b"<html>", "foreign-data"),
    "climbing": (lambda: named("../../etc/cron.txt"), "invalid-file-name"),
    "climbing inside": (lambda: named("content/images/../../../a.png"), "invalid-file-name"),
    "absolute": (lambda: named("/etc/passwd.txt"), "invalid-file-name"),
    "a drive": (lambda: named("C:/a.png"), "invalid-file-name"),
    "a backslash": (lambda: named("content\\..\\..\\a.png"), "invalid-file-name"),
    "a control character": (lambda: named("content/a\x07.png"), "invalid-file-name"),
    "a NUL that hides the ending": (nul_name, "invalid-file-name"),
    "a name Windows forbids": (lambda: named("content/a|b.png"), "invalid-file-name"),
    "a symlink": (lambda: with_entry(mode(stat.S_IFLNK), data=b"/etc/passwd"), "symlink-entry"),
    "a device": (lambda: with_entry(mode(stat.S_IFCHR)), "symlink-entry"),
    "one name twice": (lambda: twice("content/images/a.png", PNG + b"x"), "duplicate-file-name"),
    "one name in two cases": (lambda: twice("content/images/A.PNG", PNG), "duplicate-file-name"),
    "a file that is a folder": (lambda: twice("content/images/a.png/b.png", PNG), "duplicate-file-name"),
    "a password": (encrypted, "encrypted-entry"),
    "shared bytes": (overlapping, "unable-to-unzip"),
    "a bomb": (bomb, "compression-ratio"),
    "too many files": (many, "too-many-files"),
    "larger than told": (lambda: forged_size(10, everywhere=True), "forged-size"),
    "smaller than told": (lambda: forged_size(60_000, everywhere=True), "forged-size"),
    "told in two ways": (lambda: forged_size(10, everywhere=False), "forged-size"),
    "a program": (lambda: named("content/files/a.exe"), "not-in-whitelist"),
    "a page": (lambda: named("content/a.html"), "not-in-whitelist"),
    "a double ending": (lambda: named("content/a.png.php"), "not-in-whitelist"),
    "no ending": (lambda: named("content/passwd"), "not-in-whitelist"),
    "a drawing in the content": (lambda: named("content/a.svg"), "not-in-whitelist"),
    "a script in the content": (lambda: named("content/a.js"), "not-in-whitelist"),
    "a page in the library": (lambda: named(f"{LIBRARY}/index.html"), "not-in-whitelist"),
    "a page called picture": (
        lambda: with_files(**{"content/images/a.png": b"<html><script>alert(1)</script>"}),
        "upload-validation-error",
    ),
    "a page called text": (
        lambda: with_files(**{"content/a.txt": b"\xef\xbb\xbf <!DOCTYPE html>"}),
        "upload-validation-error",
    ),
    "no h5p.json": (lambda: with_files(**{H5P_JSON: None}), "invalid-h5p-json-file"),
    "broken h5p.json": (lambda: with_files(**{H5P_JSON: b"{"}), "unable-to-parse-package"),
    "h5p.json is a list": (lambda: with_files(**{H5P_JSON: b"[]"}), "invalid-h5p-json-file-2"),
    "no title": (lambda: with_json(H5P_JSON, without("title")), "invalid-h5p-json-file-2"),
    "a language that is none": (lambda: with_json(H5P_JSON, set_to(language="tiếng")), "invalid-h5p-json-file-2"),
    "a main library that is a path": (
        lambda: with_json(H5P_JSON, set_to(mainLibrary="../x")),
        "invalid-h5p-json-file-2",
    ),
    "a main library not among its needs": (
        lambda: with_json(H5P_JSON, set_to(mainLibrary="H5P.Other")),
        "missing-main-library",
    ),
    "no content": (lambda: with_files(**{"content/content.json": None}), "invalid-content-folder"),
    "broken content": (lambda: with_files(**{"content/content.json": b"{]"}), "unable-to-parse-package"),
    "content is a list": (lambda: with_files(**{"content/content.json": b"[]"}), "unable-to-parse-package"),
    "content holds NaN": (lambda: with_files(**{"content/content.json": b'{"a": NaN}'}), "unable-to-parse-package"),
    "content holds infinity": (
        lambda: with_files(**{"content/content.json": b'{"a": 1e999}'}),
        "unable-to-parse-package",
    ),
    "content is not UTF-8": (
        lambda: with_files(**{"content/content.json": b'{"a": "\xff"}'}),
        "unable-to-parse-package",
    ),
    "content is nested without end": (
        lambda: with_files(**{"content/content.json": b'{"a":' * 100_000 + b"1" + b"}" * 100_000}),
        "unable-to-parse-package",
    ),
    "content is nested too deeply": (
        lambda: with_files(**{"content/content.json": b'{"a":' * 300 + b"1" + b"}" * 300}),
        "unable-to-parse-package",
    ),
    "a folder without library.json": (
        lambda: with_files(**{LIBRARY_JSON: None, "MaiTruong.Other-1.0/a.js": b""}),
        "invalid-library-json-file",
    ),
    "broken library.json": (lambda: with_files(**{LIBRARY_JSON: b"{"}), "invalid-library-json-file"),
    "versions as text": (
        lambda: with_json(LIBRARY_JSON, set_to(majorVersion="1")),
        "invalid-schema-library-json-file",
    ),
    "runnable yes": (lambda: with_json(LIBRARY_JSON, set_to(runnable="yes")), "invalid-schema-library-json-file"),
    "a script elsewhere": (
        lambda: with_json(LIBRARY_JSON, set_to(preloadedJs=[{"path": "../../content/a.js"}])),
        "invalid-schema-library-json-file",
    ),
    "a path that makes a slow pattern slow": (
        lambda: with_json(LIBRARY_JSON, set_to(preloadedJs=[{"path": "a" * 250 + "!"}])),
        "invalid-schema-library-json-file",
    ),
    "a folder of another name": (
        lambda: with_json(LIBRARY_JSON, set_to(minorVersion=7)),
        "library-directory-name-mismatch",
    ),
    "a folder name with blanks": (lambda: named("a b/library.json"), "invalid-library-name"),
    "a missing script": (lambda: with_files(**{f"{LIBRARY}/quick-check.js": None}), "library-file-missing"),
    "a missing style": (lambda: with_files(**{f"{LIBRARY}/quick-check.css": None}), "library-file-missing"),
    "broken semantics": (lambda: with_files(**{f"{LIBRARY}/semantics.json": b"["}), "invalid-semantics-json-file"),
    "semantics is an object": (
        lambda: with_files(**{f"{LIBRARY}/semantics.json": b"{}"}),
        "invalid-semantics-json-file",
    ),
    "a language file of no name": (
        lambda: with_files(**{f"{LIBRARY}/language/XXX!.json": b"{}"}),
        "invalid-language-file",
    ),
    "a broken language file": (
        lambda: with_files(**{f"{LIBRARY}/language/vi.json": b"{"}),
        "invalid-language-file-json",
    ),
    "a newer core": (
        lambda: with_json(LIBRARY_JSON, set_to(coreApi={"majorVersion": 1, "minorVersion": 29})),
        "api-version-unsupported",
    ),
    "core 99.0": (
        lambda: with_json(LIBRARY_JSON, set_to(coreApi={"majorVersion": 99, "minorVersion": 0})),
        "api-version-unsupported",
    ),
    "a need of the content that is nowhere": (
        lambda: with_json(
            H5P_JSON,
            lambda data: data["preloadedDependencies"].append(
                {"machineName": "H5P.Nowhere", "majorVersion": 1, "minorVersion": 0}
            ),
        ),
        "missing-required-library",
    ),
    "a need of a library that is nowhere": (
        lambda: with_json(
            LIBRARY_JSON,
            set_to(dynamicDependencies=[{"machineName": "H5P.Nowhere", "majorVersion": 1, "minorVersion": 0}]),
        ),
        "missing-required-library",
    ),
    "a main library that cannot stand alone": (
        lambda: with_json(LIBRARY_JSON, set_to(runnable=0)),
        "main-library-not-runnable",
    ),
}


def test_the_unspoilt_package_comes_in(world: World) -> None:
    content = install(world.office_admin)
    assert content.title == "Kiểm tra nhanh: Phân số"
    assert len(content.params["questions"]) == 3


@pytest.mark.parametrize("case", CASES)
def test_a_spoilt_package_is_refused_for_its_fault_and_leaves_nothing(world: World, case: str) -> None:
    make, code = CASES[case]
    with pytest.raises(PackageRefused) as refused:
        install(world.office_admin, data=make())
    assert code in refused.value.codes
    assert {one for one in refused.value.codes if one != code} <= _COMPANIONS.get(case, set())
    assert all(str(problem).strip() for problem in refused.value.problems)
    assert not Content.objects.exists()
    if code != "main-library-not-runnable":
        assert not Library.objects.exists()


# A missing library.json also leaves the content without its library: a second true reason.
_COMPANIONS = {
    "a folder without library.json": {"missing-required-library"},
    "broken library.json": {"missing-required-library"},
    "versions as text": {"missing-required-library"},
    "runnable yes": {"missing-required-library"},
    "a folder of another name": {"missing-required-library"},
    "a folder name with blanks": set(),
}


def test_every_fault_of_a_package_is_told_at_once(world: World) -> None:
    files = files_of(quick_check())
    files |= {
        "content/a.exe": b"MZ",
        "content/content.json": b"{",
        f"{LIBRARY}/semantics.json": b"{",
        f"{LIBRARY}/language/XXX!.json": b"{}",
    }
    files.pop(f"{LIBRARY}/quick-check.js")
    with pytest.raises(PackageRefused) as refused:
        install(world.office_admin, data=zipped(files))
    assert refused.value.codes == {
        "not-in-whitelist",
        "unable-to-parse-package",
        "invalid-semantics-json-file",
        "invalid-language-file",
        "library-file-missing",
    }


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=1024), "file-size-too-large"),
        (Limits(total_bytes=2048), "total-size-too-large"),
        (Limits(entries=3), "too-many-files"),
    ],
)
def test_limits_are_told_apart(limits: Limits, code: str) -> None:
    with pytest.raises(PackageRefused) as refused:
        package_open(io.BytesIO(quick_check()), limits=limits)
    assert refused.value.codes == {code}


def test_the_default_limits_are_sixteen_and_sixty_four_mebibytes() -> None:
    too_large = with_entry(lambda entry: setattr(entry, "compress_type", 0), "content/a.txt", b"x" * (16 * 2**20 + 1))
    with pytest.raises(PackageRefused) as refused:
        package_open(io.BytesIO(too_large))
    assert refused.value.codes == {"file-size-too-large"}
    assert Limits().total_bytes == 64 * 2**20


def test_what_systems_leave_behind_is_skipped(world: World) -> None:
    extra = {"__MACOSX/content/._a.exe": b"x", "content/.DS_Store": b"x", f"{LIBRARY}/_notes/x.exe": b"x"}
    content = install(world.office_admin, data=with_files(**extra))
    release = Library.objects.get().current
    assert release is not None
    assert set(release.files) == {"library.json", "quick-check.css", "quick-check.js", "semantics.json"}
    assert content.files.count() == 0


def test_one_picture_written_twice_with_the_same_bytes_is_no_fault(world: World) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = twice("content/images/a.png", PNG)
    assert install(world.office_admin, data=data).pk


def test_a_path_in_the_content_cannot_reach_another_file(world: World) -> None:
    library = json.loads(files_of(quick_check())[f"{LIBRARY}/semantics.json"])
    library.append({"name": "picture", "type": "image"})
    library.append({"name": "sound", "type": "audio"})
    files = files_of(quick_check())
    params = json.loads(files["content/content.json"])
    params["picture"] = {"path": "../../../../../etc/passwd", "mime": "image/png", "onload": "x"}
    params["sound"] = [{"path": "https://example.org/a.mp3"}, {"path": "images/a.png#tmp"}, {"path": "images/a.png"}]
    files |= {
        f"{LIBRARY}/semantics.json": json.dumps(library).encode(),
        "content/content.json": json.dumps(params).encode(),
        "content/images/a.png": PNG,
        "content/images/unused.png": PNG,
    }
    content = install(world.office_admin, data=zipped(files))
    assert content.params["picture"] == {"path": "", "mime": "image/png"}
    kept = content.files.get().path
    assert [one["path"] for one in content.params["sound"]] == ["https://example.org/a.mp3", kept, kept]
    assert kept.startswith("images/")
    assert store.storage().exists(f"{content.folder}/{kept}")


def scanner(name: str, data: bytes) -> bool:
    return b"EICAR" not in data


def test_a_find_of_the_virus_scanner_takes_everything_back(world: World, settings: Any) -> None:
    settings.H5P_SCANNER = f"{__name__}.scanner"
    semantics = json.loads(files_of(quick_check())[f"{LIBRARY}/semantics.json"])
    semantics += [{"name": "a", "type": "image"}, {"name": "b", "type": "file"}]
    files = files_of(quick_check())
    params = json.loads(files["content/content.json"])
    params |= {"a": {"path": "images/a.png"}, "b": {"path": "files/b.txt"}}
    files |= {
        f"{LIBRARY}/semantics.json": json.dumps(semantics).encode(),
        "content/content.json": json.dumps(params).encode(),
        "content/images/a.png": PNG,
        "content/files/b.txt": b"EICAR",
    }
    before = kept_files()
    with pytest.raises(PackageRefused) as refused:
        install(world.office_admin, data=zipped(files))
    assert refused.value.codes == {"malware-found"}
    assert not Content.objects.exists()
    assert kept_files() == before


def kept_files() -> set[str]:
    """Every file of a content in the store."""
    storage, found = store.storage(), set()
    waiting = ["h5p/contents"] if storage.exists("h5p/contents") else []
    while waiting:
        folder = waiting.pop()
        folders, files = storage.listdir(folder)
        waiting += [f"{folder}/{one}" for one in folders]
        found |= {f"{folder}/{one}" for one in files}
    return found


def test_every_code_has_a_sentence_that_can_be_filled() -> None:
    details = dict.fromkeys(("file", "library", "name", "reason", "used", "max", "allowed", "required", "current"), "x")
    assert all(str(Problem(code, details)) for code in SENTENCES)
