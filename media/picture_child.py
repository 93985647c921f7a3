"""Decodes one picture and writes it anew in other sizes; prints what it wrote as JSON.

Run as a script of its own, in a child process with limits, because a hostile picture can crash a decoder or eat memory.
It imports nothing of the project.

    picture_child.py FOLDER SOURCE NAME:SIDE …      a SIDE of 0 keeps the size; NAME's ending is the format (.jpg, .webp)
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF")
CPU_SECONDS = 60
MEMORY_BYTES = 2 << 30
FILE_BYTES = 256 << 20
MAX_PIXELS = 80_000_000
QUALITY = {".jpg": 90, ".webp": 78}


def main(folder: str, source: str, *wanted: str) -> dict[str, Any]:
    """{"made": [{"name", "width", "height"}]} or {"error": code of media.errors}."""
    from PIL import Image, ImageOps
    from pillow_heif import register_heif_opener

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        opened = Image.open(source, formats=FORMATS)
    except Image.DecompressionBombError as error:
        return {"error": "too_large_picture", "detail": str(error)}
    with opened:
        if opened.width * opened.height > MAX_PIXELS:
            return {"error": "too_large_picture", "detail": f"{opened.width}×{opened.height}"}
        sides = {int(one.rpartition(":")[2]) for one in wanted}
        if 0 not in sides:
            if getattr(opened, "is_animated", False):
                return {"made": []}  # a smaller size would stand still
            opened.draft("RGB", (max(sides), max(sides)))  # a JPEG is decoded no larger than needed
        picture = ImageOps.exif_transpose(opened)
        profile = opened.info.get("icc_profile")
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    made = []
    for one in wanted:
        name, _, side = one.rpartition(":")
        smaller = picture
        if int(side):
            smaller = picture.copy()
            smaller.thumbnail((int(side), int(side)), Image.Resampling.LANCZOS, reducing_gap=3.0)
        suffix = Path(name).suffix
        if suffix == ".jpg" and clear:
            ground = Image.new("RGB", smaller.size, "white")
            ground.paste(smaller, mask=smaller.getchannel("A"))
            smaller = ground
        options: dict[str, Any] = {"quality": QUALITY[suffix], "icc_profile": profile, "exif": b""}
        smaller.save(Path(folder) / name, **options)
        made.append({"name": name, "width": smaller.width, "height": smaller.height})
    return {"made": made}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    try:
        print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  its answer
    except Exception as error:  # whatever a decoder says of a hostile file
        print(json.dumps({"error": "picture_broken", "detail": repr(error)[:300]}))  # noqa: T201
