"""LibreOffice for the tests of Office documents, and how it comes there. It is large: only CI installs it unasked."""

from __future__ import annotations

import os
import shutil

from tools.steps import Stop, run, say, step

NAMES = ("soffice", "libreoffice")
# Without screens and Java; the fonts have the widths of Times New Roman, Arial, Calibri and Cambria.
# Debian 12's fonts-liberation knows no Vietnamese.
PACKAGES = (
    *("libreoffice-writer-nogui", "libreoffice-calc-nogui", "libreoffice-impress-nogui"),
    *("fonts-liberation2", "fonts-crosextra-carlito", "fonts-crosextra-caladea"),
)
MISSING = f"no LibreOffice was found, so its tests are skipped. Install Debian's packages {', '.join(PACKAGES)}"


def find() -> str | None:
    """LibreOffice's program."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> str | None:
    """Find it; with CI=true install Debian's packages where that is possible (as root with apt-get). None: there is none."""
    if os.environ.get("CI") == "true" and not find() and shutil.which("apt-get") and os.geteuid() == 0:
        try:
            with step("LibreOffice from Debian's packages"):
                env = {"DEBIAN_FRONTEND": "noninteractive"}
                run(["apt-get", "update", "-q"], log="apt-update", env=env, timeout=600)
                words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
                run(words, log="apt-libreoffice", env=env, timeout=1200)
        except Stop as stop:
            say(str(stop))
    found = find()
    if found is None:
        say(f"  ! {MISSING}")
    return found
