"""Packing a folder into a .h5p file."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

# Zip keeps a time for every entry; a fixed one gives the same bytes for the same folder every day.
_TIME = (2026, 1, 1, 0, 0, 0)


def folder_pack(folder: Path) -> bytes:
    """A folder with h5p.json, content/ and libraries as a package; h5p.json first, then everything by name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files.sort(key=lambda path: path.name != "h5p.json")
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())
    return target.getvalue()
