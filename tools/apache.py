"""The web server of somebody else that signs in through us in the tests, and how it comes there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.steps import Stop, run, say, step

PROGRAM = "/usr/sbin/apache2"
MODULE = Path("/usr/lib/apache2/modules/mod_auth_openidc.so")
# The programs alone: Debian's package `apache2` would also start a server.
PACKAGES = ("apache2-bin", "libapache2-mod-auth-openidc")
MISSING = (
    "Apache with mod_auth_openidc was not found and cannot be installed here, so signing in to another application is not "
    "tried with it. Install Debian's packages `apache2-bin` and `libapache2-mod-auth-openidc`"
)


def find() -> str | None:
    """The server's program, when its module is there too."""
    program = shutil.which("apache2") or (PROGRAM if Path(PROGRAM).exists() else None)
    return program if program and MODULE.exists() else None


def ensure() -> str | None:
    """Find it or install Debian's packages where that is possible (as root with apt-get).

    None means that there is none; with CI=true that is a failure instead.
    """
    if path := find():
        return path
    if shutil.which("apt-get") and os.geteuid() == 0:
        try:
            with step("Apache from Debian's packages"):
                env = {"DEBIAN_FRONTEND": "noninteractive"}
                run(["apt-get", "update", "-q"], log="apt-update", env=env, timeout=600)
                words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
                run(words, log="apt-apache", env=env, timeout=600)
        except Stop as stop:
            say(str(stop))
        if path := find():
            return path
    if os.environ.get("CI") == "true":
        raise Stop(MISSING)
    say(f"  ! {MISSING}")
    return None
