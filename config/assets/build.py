"""Make the front-end files that come neither from this repository nor straight from npm.

``python -m config.assets.build`` writes into ``var/assets``: subsets of Be Vietnam Pro with a tabular digit font, the
sprite of Tabler icons, and the installed app's PNG icons. It does nothing when its sources have not changed since.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from config.assets.icons import NAMES

FONT_PACKAGE = "@expo-google-fonts/be-vietnam-pro"
WEIGHTS = {"400": "400Regular", "600": "600SemiBold"}
# Vietnamese and Latin in one file, so that kerning works across them; combining marks for text typed decomposed.
CHARACTERS = (
    "0020-007E 00A0 00A7 00A9 00AB 00B0-00B2 00B7 00BB 00C0-00C3 00C8-00CA 00CC 00CD 00D2-00D5 00D7 00D9 00DA 00DD "
    "00E0-00E3 00E8-00EA 00EC 00ED 00F2-00F5 00F7 00F9 00FA 00FD 0102 0103 0110 0111 0128 0129 0168 0169 01A0 01A1 "
    "01AF 01B0 0300-0303 0306 0309 031B 0323 1EA0-1EF9 20AB 20AC 2013 2014 2018 2019 201C 201D 2022 2026 2190-2193 "
    "2212 2264 2265"
)
# One width for the ten digits, in units of the font's 1000 per em: wide enough for the widest of each weight.
DIGIT_WIDTH = {"400": 632, "600": 648}
INK, SUN, WHITE = "#5638c4", "#ffd257", "#ffffff"


class MissingPackageError(Exception):
    """node_modules lacks a package; the message says which and how to bring it."""


def build(npm_root: Path, target: Path) -> bool:
    """Make all files below ``target``; return whether there was anything to do.

    Raises MissingPackageError when node_modules has not been filled.
    """
    wanted = _fingerprint(npm_root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        # Two test processes may find the files old at once: one makes them, the other waits and finds them made.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = target / ".stamp"
        if stamp.is_file() and stamp.read_text() == wanted:
            return False
        _make(npm_root, target, wanted)
    return True


def _make(npm_root: Path, target: Path, wanted: str) -> None:
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "fonts").mkdir(parents=True)
    (fresh / "ui").mkdir()
    for weight, folder in WEIGHTS.items():
        source = npm_root / FONT_PACKAGE / folder / f"BeVietnamPro_{folder}.ttf"
        _text_font(source, fresh / "fonts" / f"bvp-{weight}.woff2")
        _digit_font(source, fresh / "fonts" / f"bvp-tab-{weight}.woff2", weight)
    shutil.copy(npm_root / FONT_PACKAGE / "LICENSE_FONT", fresh / "fonts" / "OFL.txt")
    (fresh / "ui" / "icons.svg").write_text(_sprite(npm_root), encoding="utf-8")
    for side in (192, 512):
        _app_icon(side).save(fresh / "ui" / f"icon-{side}.png", optimize=True)
    _app_icon(512, safe=0.72).save(fresh / "ui" / "icon-maskable-512.png", optimize=True)
    (fresh / ".stamp").write_text(wanted)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _sources(npm_root: Path) -> Iterator[Path]:
    yield Path(__file__)
    for package in (FONT_PACKAGE, "@tabler/icons"):
        yield npm_root / package / "package.json"


def _fingerprint(npm_root: Path) -> str:
    sums = hashlib.sha256(" ".join(sorted(NAMES)).encode())
    for source in _sources(npm_root):
        if not source.is_file():
            raise MissingPackageError(f"{source} is missing; run: npm ci --ignore-scripts")
        sums.update(source.read_bytes())
    return sums.hexdigest()


def _codepoints() -> list[int]:
    found: list[int] = []
    for part in CHARACTERS.split():
        first, _, last = part.partition("-")
        found.extend(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _text_font(source: Path, target: Path) -> None:
    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=["kern", "mark", "mkmk", "ccmp", "liga", "locl"]
    )
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=_codepoints())
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def _digit_font(source: Path, target: Path, weight: str) -> None:
    font = TTFont(source, recalcTimestamp=False)
    names, glyphs, metrics = font.getBestCmap(), font["glyf"], font["hmtx"]
    width = DIGIT_WIDTH[weight]
    for digit in "0123456789":
        name = names[ord(digit)]
        glyph = glyphs[name]
        glyph.coordinates.translate(((width - (glyph.xMax - glyph.xMin)) // 2 - glyph.xMin, 0))
        glyph.recalcBounds(glyphs)
        metrics[name] = (width, glyph.xMin)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = f"Be Vietnam Tabular {weight}"
    subsetter = subset.Subsetter(subset.Options(flavor="woff2", hinting=False, layout_features=[]))
    subsetter.populate(unicodes=[ord(digit) for digit in "0123456789"])
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def _sprite(npm_root: Path) -> str:
    symbols = []
    for name in sorted(NAMES):
        source = npm_root / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not source.is_file():
            raise MissingPackageError(f"@tabler/icons has no icon {name!r}")
        found = re.search(r"<svg[^>]*>(.*)</svg>", source.read_text(encoding="utf-8"), re.DOTALL)
        body = re.sub(r'<path stroke="none"[^>]*/>', "", found[1] if found else "")
        body = re.sub(r"\s*\n\s*", "", body).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def _app_icon(side: int, safe: float = 1.0) -> Image.Image:
    """Draw config/static/ui/icon.svg's shapes; ``safe`` < 1 leaves the margin that a maskable icon loses."""
    scale = 4  # drawn larger and brought down: Pillow's shapes have no smooth edges
    full = side * scale
    image = Image.new("RGBA", (full, full), INK if safe < 1 else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    unit = full / 32 * safe
    shift = full * (1 - safe) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return shift + x * unit, shift + y * unit

    if safe == 1:
        draw.rounded_rectangle((0, 0, full - 1, full - 1), radius=8 * unit, fill=INK)
    draw.polygon([at(16, 6), at(27, 13.5), at(5, 13.5)], fill=SUN)
    draw.rectangle((*at(8, 15.5), *at(24, 25)), fill=WHITE)
    draw.rectangle((*at(13.5, 20.5), *at(18.5, 25.1)), fill=INK)
    draw.ellipse((*at(13.5, 18), *at(18.5, 23)), fill=INK)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def main() -> int:
    """Build into the places of the settings; answer 1 with a sentence when npm's packages are missing."""
    from config.settings import assets  # alone: building needs neither a database nor a secret

    try:
        done = build(assets.NPM_ROOT, assets.BUILT_ASSETS)
    except MissingPackageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("Fonts, icons and app icons made.\n" if done else "Fonts, icons and app icons are up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
