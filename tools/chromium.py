"""Where the browser of the tests is, and how it comes there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.steps import Stop, run, say, step

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING = (
    "no Chromium was found and it cannot be installed here, so the browser tests do not run. "
    "Install Debian's package `chromium`, or name a browser: CHROMIUM=/path/to/chromium make test"
)


def find() -> str | None:
    """The browser named by CHROMIUM, or one of the system's."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not Path(named).exists():
            raise Stop(f"CHROMIUM={named}: there is no such file.")
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((path for path in MACOS if Path(path).exists()), None)


def ensure() -> str | None:
    """Find the browser or install Debian's package where that is possible (as root with apt-get).

    None means that there is none; with CI=true that is a failure instead.
    """
    if path := find():
        return path
    if shutil.which("apt-get") and os.geteuid() == 0:
        try:
            with step("Chromium from Debian's packages"):
                env = {"DEBIAN_FRONTEND": "noninteractive"}
                run(["apt-get", "update", "-q"], log="apt-update", env=env, timeout=600)
                words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
                run(words, log="apt-chromium", env=env, timeout=1200)
        except Stop as stop:
            say(str(stop))
        if path := find():
            return path
    if os.environ.get("CI") == "true":
        raise Stop(MISSING)
    say(f"  ! {MISSING}")
    return None
