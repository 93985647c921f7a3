"""Office documents as PDF, through LibreOffice in a child process that has little memory, little time, no network and no secrets.

What a document asks for from outside (pictures of other servers, files of this one) is not fetched; its macros never run.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from media.confined import confined
from media.errors import MediaError

NAMES = ("soffice", "libreoffice")
CPU_SECONDS = 120
MEMORY_BYTES = 4 << 30
FILE_BYTES = 512 << 20
# Of a profile that is made for one document and deleted: nothing is fetched, nothing runs, nothing is updated.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{items}
</oor:items>
"""
SETTINGS = {
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel"): "3",
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution"): "true",
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent"): "true",
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks"): "true",
    ("/org.openoffice.Office.Writer/Content/Update", "Link"): "0",
    ("/org.openoffice.Office.Calc/Content/Update", "Link"): "1",
    ("/org.openoffice.Office.Common/Misc", "FirstRun"): "false",
}


def office_binary(chosen: str = "") -> str | None:
    """The LibreOffice program: the chosen one, else the system's; None without one, or when it is "off"."""
    if chosen == "off":
        return None
    return chosen or next((found for name in NAMES if (found := shutil.which(name))), None)


def to_pdf(
    binary: str, source: Path, work: Path, *, beat: Callable[[], None], seconds: float, beat_seconds: float = 2.0
) -> Path:
    """Write `source`, whose ending says what it is, as a PDF into `work`; `beat` is called while it lasts and may raise.

    Raises MediaError: pages_failed when LibreOffice cannot read it, pages_too_slow after `seconds`, killed.
    """
    profile, out = work / "profile", work / "out"
    (profile / "user").mkdir(parents=True)
    out.mkdir()
    items = "\n".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for (path, name), value in SETTINGS.items()
    )
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE.format(items=items), encoding="utf-8")
    command = [
        *(binary, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard"),
        *(
            f"-env:UserInstallation={profile.absolute().as_uri()}",
            "--convert-to",
            "pdf",
            "--outdir",
            str(out),
            str(source),
        ),
    ]
    # nothing of ours: the environment of a worker holds the keys of database and store
    environment = {"HOME": str(work), "TMPDIR": str(work), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=confined(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES, network=False),
    )
    try:
        said = _wait(process, beat, seconds, beat_seconds)
    finally:
        # soffice starts a second process, which holds the work
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    made = next(out.glob("*.pdf"), None)
    if made is None or made.stat().st_size == 0:
        raise MediaError("pages_failed", said[-2000:])
    return made


def _wait(process: "subprocess.Popen[bytes]", beat: Callable[[], None], seconds: float, beat_seconds: float) -> str:
    left = seconds
    while True:
        try:
            said, _ = process.communicate(timeout=min(beat_seconds, max(left, 0.1)))
        except subprocess.TimeoutExpired as error:
            left -= beat_seconds
            if left <= 0:
                raise MediaError("pages_too_slow", f"{seconds:.0f} s") from error
            beat()
            continue
        return said.decode("utf-8", "replace").replace("\x00", "")
