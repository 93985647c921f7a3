"""Pictures: what a camera notes beside them goes, phones' own formats become such as every browser shows, small sizes are made."""

import fcntl
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from media import metadata
from media.errors import MediaError

LOCK = "pictures.lock"
CHILD = Path(__file__).with_name("picture_child.py")
ORIENTATION_TAG = 0x0112
TURNED = (5, 6, 7, 8)  # values of the tag that change width and height
# Formats that not every browser shows; they are kept as JPEG.
FOREIGN = frozenset({"image/heic", "image/heif", "image/avif"})
# Longer sides of the sizes that pages show, in pixels: a phone's width, and a desktop's or a phone's at double density.
SIDES = (640, 1440)
SECONDS = 90
# A picture that is smaller is shown as it is.
WORTH_BYTES = 100_000


@dataclass(frozen=True)
class Made:
    """One picture that was written: its file's name and size in pixels."""

    name: str
    width: int
    height: int


def prepare(path: Path, content_type: str) -> tuple[str, int, int]:
    """Make the picture at `path` one that every browser shows and that says nothing of place and camera, in place.

    (content type, width, height as shown). Raises MediaError: picture_broken, too_large_picture.
    """
    if content_type in FOREIGN:
        return _to_jpeg(path)
    with Image.open(path) as image:
        width, height = image.size
        held = image.getexif().get(ORIENTATION_TAG, 1)
    held = held if held in range(1, 9) else 1
    if held != 1 and content_type != "image/jpeg":
        return _to_jpeg(path)  # how it was held would go with the notes
    try:
        path.write_bytes(metadata.CLEANERS[content_type](path.read_bytes(), held))
    except metadata.Damaged as error:
        raise MediaError("picture_broken", str(error)) from error
    return (content_type, height, width) if held in TURNED else (content_type, width, height)


def _to_jpeg(path: Path) -> tuple[str, int, int]:
    with one_at_a_time(path.parent), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = draw(path, Path(folder), {"picture.jpg": 0})[0]
        (Path(folder) / "picture.jpg").replace(path)
    return "image/jpeg", made.width, made.height


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait for the others of this machine: unpacking a phone's picture takes 200 MB, and a class sends twenty at once."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back with the file, also when this process dies
        yield


def draw(source: Path, folder: Path, wanted: dict[str, int]) -> list[Made]:
    """Write the picture into `folder` under each name (its ending is the format), its longer side at most the value; 0 keeps it.

    A limited child process decodes it. Raises MediaError: picture_broken, too_large_picture.
    """
    # -I: neither the script's folder nor the environment may put modules of the project in the way
    names = [f"{name}:{side}" for name, side in wanted.items()]
    command = [sys.executable, "-I", str(CHILD), str(folder), str(source), *names]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        found = json.loads((run.stdout.strip().splitlines() or ["{}"])[-1])
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise MediaError("picture_broken", repr(error)) from error
    if "made" not in found:
        detail = found.get("detail", f"ended with {run.returncode}: {run.stderr[-300:]}")
        raise MediaError(found.get("error", "picture_broken"), detail)
    return [Made(**one) for one in found["made"]]
