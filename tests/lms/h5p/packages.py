"""Packages for tests: our own content type, and ways to spoil it, one fault at a time."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lms.h5p.models import Content
from lms.h5p.packing import folder_pack
from lms.h5p.services import content_install

ROOT = Path(__file__).resolve().parents[3]
QUICK_CHECK = ROOT / "demo" / "h5p" / "quick-check"
LIBRARY = "MaiTruong.QuickCheck-1.0"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)


def quick_check() -> bytes:
    """The demonstration's package."""
    return folder_pack(QUICK_CHECK)


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_files(**changes: bytes | None) -> bytes:
    """The package with files added or replaced (a None takes one away); names as keywords through a dict."""
    files = files_of(quick_check())
    for name, data in changes.items():
        if data is None:
            files.pop(name)
        else:
            files[name] = data
    return zipped(files)


def with_json(name: str, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The package with one of its JSON files changed in place."""
    data = json.loads(files_of(quick_check())[name])
    replaced = change(data)
    return with_files(**{name: json.dumps(data if replaced is None else replaced).encode()})


def with_entry(
    prepare: Callable[[zipfile.ZipInfo], None], name: str = "content/images/a.png", data: bytes = PNG
) -> bytes:
    """The package with one more entry whose header is prepared by hand."""
    target = io.BytesIO(quick_check())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        prepare(entry)
        archive.writestr(entry, data)
    return target.getvalue()


def forged_size(declared: int, *, everywhere: bool) -> bytes:
    """The last entry of the package declares another size than it has, in the directory or in both headers."""
    data = bytearray(with_entry(lambda entry: None, "content/images/big.txt", b"x" * 50_000))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        entry = archive.getinfo("content/images/big.txt")
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, directory + 24, declared)
    if everywhere:
        struct.pack_into("<L", data, entry.header_offset + 22, declared)
    return bytes(data)


def install(by: Any, school: Any = None, data: bytes | None = None) -> Content:
    """Install a package (the demonstration's by default)."""
    return content_install(
        file=io.BytesIO(quick_check() if data is None else data), by=by, school=school, name="kiem-tra.h5p"
    )


def spy(script: str) -> bytes:
    """A package whose library runs `script`, a function body that fills `told`, and says `told` as its state."""
    library = {
        "title": "Spy",
        "machineName": "MaiTruong.Spy",
        "majorVersion": 1,
        "minorVersion": 0,
        "patchVersion": 0,
        "runnable": 1,
        "preloadedJs": [{"path": "spy.js"}],
    }
    described = {
        "title": "Spy",
        "language": "vi",
        "mainLibrary": "MaiTruong.Spy",
        "embedTypes": ["iframe"],
        "preloadedDependencies": [{"machineName": "MaiTruong.Spy", "majorVersion": 1, "minorVersion": 0}],
    }
    code = f"""
window.MaiTruong = window.MaiTruong || {{}};
MaiTruong.Spy = function () {{
  H5P.EventDispatcher.call(this);
  const told = {{}};
  const attempt = async (name, act) => {{
    try {{ told[name] = String(await act()); }} catch (error) {{ told[name] = "refused: " + error.name; }}
  }};
  this.attach = $box => {{
    $box.get(0).textContent = "spying";
    (async () => {{ {script}; told.done = "yes"; }})();
  }};
  this.getCurrentState = () => (told.done ? told : undefined);
}};
MaiTruong.Spy.prototype = Object.create(H5P.EventDispatcher.prototype);
"""
    return zipped(
        {
            "h5p.json": json.dumps(described).encode(),
            "content/content.json": b"{}",
            "MaiTruong.Spy-1.0/library.json": json.dumps(library).encode(),
            "MaiTruong.Spy-1.0/semantics.json": b"[]",
            "MaiTruong.Spy-1.0/spy.js": code.encode(),
        }
    )
