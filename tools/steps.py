"""Steps shown with their seconds, commands whose output is kept in var/log and shown when they fail, stamps."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
LOG = VAR / "log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TAIL_LINES = 60


class Stop(Exception):
    """The sentence that ends a target: what is wrong and what to do."""


def say(text: str = "") -> None:
    """Print one line at once, also when the output goes to a file."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show a step and, when it is over, the seconds it took."""
    started = time.monotonic()
    if sys.stdout.isatty():
        sys.stdout.write(f"  … {text}")
        sys.stdout.flush()
    try:
        yield
    except BaseException:
        say(f"\r  ✗ {text}")
        raise
    say(f"\r  ✓ {text}  {time.monotonic() - started:.1f} s")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every child: the project's own tools first on the PATH, UTF-8, unbuffered.

    An extra variable with an empty value is taken away, so that a developer's own setting does not leak in.
    """
    extra = extra or {}
    merged = {**os.environ, **extra}
    merged = {name: value for name, value in merged.items() if value or name not in extra}
    paths = [str(VENV / "bin"), merged.get("PATH", "")]
    return {
        **merged,
        "PATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": str(VENV),
    }


def run(command: Sequence[str | Path], *, log: str, env: Mapping[str, str] | None = None, timeout: float = 900) -> str:
    """Run a command quietly and return its output; raise Stop with the output's end when it fails.

    The output goes to var/log/<log>.log as well. `timeout` is in seconds.
    """
    LOG.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    target = LOG / f"{log}.log"
    with target.open("w", encoding="utf-8") as stream:
        try:
            done = subprocess.run(
                words,
                cwd=ROOT,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError as error:
            raise Stop(f"{words[0]} is not there: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise Stop(f"{' '.join(words)} did not end within {timeout:.0f} s; see {relative(target)}") from error
    output = target.read_text(encoding="utf-8", errors="replace")
    if done.returncode:
        tail = "\n".join(output.splitlines()[-TAIL_LINES:])
        raise Stop(
            f"{tail}\n\n{' '.join(words)} ended with {done.returncode}; the whole output is in {relative(target)}"
        )
    return output


def relative(path: Path) -> str:
    """A path as a reader in the project's folder would type it."""
    return os.path.relpath(path, ROOT)


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    """A hash of files' names and bytes and of further words; a missing file counts as missing."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(relative(path).encode())
        digest.update(path.read_bytes() if path.is_file() else b"missing")
    for word in words:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()


def is_fresh(stamp: Path, value: str) -> bool:
    """Whether a step was already done for exactly this input."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == value


def set_stamp(stamp: Path, value: str) -> None:
    """Remember that a step was done for this input; written last, so a broken step is done again."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value + "\n", encoding="utf-8")


def which(name: str) -> str | None:
    """A program of the virtual environment or of the system."""
    return shutil.which(name, path=environment()["PATH"])


def main(target: str, work: object) -> None:
    """Run a target's function: a Stop is printed as a sentence and ends with 1, Ctrl-C ends with 130."""
    if not callable(work):
        raise TypeError(f"{target} has nothing to do")
    try:
        code = work()
    except Stop as stop:
        say(f"\nmake {target}: {stop}")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        say(f"\nmake {target}: interrupted")
        raise SystemExit(130) from None
    raise SystemExit(code or 0)
