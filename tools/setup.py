"""The environment: Python packages, Node, npm packages, built assets. Done again only when a lock file changes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.steps import PYTHON, ROOT, VAR, VENV, Stop, fingerprint, is_fresh, main, run, set_stamp, step, which

REQUIREMENTS = ROOT / "requirements"
NODE_MODULES = ROOT / "node_modules"
OLDEST_NODE = 18


def ensure_venv() -> None:
    """Make .venv with the Python that runs this; a broken one (its Python is gone or too old) is made again."""
    if PYTHON.exists():
        probe = subprocess.run(
            [PYTHON, "-c", "import sys; raise SystemExit(sys.version_info < (3, 12))"], capture_output=True, check=False
        )
        if probe.returncode == 0:
            return
    with step(f"virtual environment with Python {platform.python_version()}"):
        if VENV.is_dir() and not VENV.is_symlink():
            shutil.rmtree(VENV)
        run([sys.executable, "-m", "venv", VENV], log="venv")


def ensure_requirements(kind: str) -> None:
    """Install a hashed lock file ("base" or "dev"; dev holds all of base) unless just this one is installed."""
    lock = REQUIREMENTS / f"{kind}.txt"
    value = fingerprint([lock], platform.python_version())
    stamp = VENV / f".{kind}-stamp"
    if is_fresh(stamp, value):
        return
    with step(f"Python packages of requirements/{kind}.txt"):
        run(
            [PYTHON, "-m", "pip", "install", "--require-hashes", "-r", lock],
            log=f"pip-{kind}",
            env={"PIP_NO_INPUT": "1"},
        )
    set_stamp(stamp, value)
    if kind == "dev":
        base = fingerprint([REQUIREMENTS / "base.txt"], platform.python_version())
        set_stamp(VENV / ".base-stamp", base)


def node_major() -> int:
    """The major version of the Node that would run; 0 when there is none or it does not start."""
    node, npm = which("node"), which("npm")
    if not node or not npm:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", answer)
    return int(match.group(1)) if match else 0


def ensure_node() -> None:
    """Take the system's Node, or bring one from its wheel into .venv. Fetching packages needs it, serving never."""
    if node_major() >= OLDEST_NODE:
        return
    with step("Node from its wheel (the system has none new enough)"):
        run([PYTHON, "-m", "pip", "install", "--require-hashes", "-r", REQUIREMENTS / "node.txt"], log="pip-node")
    if node_major() < OLDEST_NODE:
        raise Stop(
            f"Node {OLDEST_NODE} or newer is needed to fetch the front-end packages, and its wheel does not start here."
        )


def ensure_npm() -> None:
    """`npm ci --ignore-scripts`: exactly what package-lock.json names, and no code of a package runs."""
    lock = ROOT / "package-lock.json"
    value = fingerprint([lock, ROOT / "package.json"])
    stamp = NODE_MODULES / ".stamp"
    if is_fresh(stamp, value):
        return
    ensure_node()
    with step("front-end packages of package-lock.json"):
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], log="npm")
    set_stamp(stamp, value)


def ensure_assets() -> None:
    """Fonts, icons and other files made from the npm packages, where the stamp says that they are old."""
    source = ROOT / "config" / "assets"
    value = fingerprint([*source.glob("*.py"), ROOT / "package-lock.json"])
    # Beside what it stands for: who empties var/ gets the files again.
    stamp = VAR / "assets" / ".made-from"
    if is_fresh(stamp, value):
        return
    with step("icons and fonts"):
        run([PYTHON, "-m", "config.assets.build"], log="assets")
    set_stamp(stamp, value)


def prepare(kind: str) -> None:
    """Everything that a target needs before Django starts."""
    os.chdir(ROOT)
    ensure_venv()
    ensure_requirements(kind)
    ensure_npm()
    ensure_assets()


def manage(*words: str | Path, log: str, env: dict[str, str] | None = None, timeout: float = 600) -> str:
    """Run a command of manage.py in the environment just made."""
    return run([PYTHON, "manage.py", *words], log=log, env=env, timeout=timeout)


if __name__ == "__main__":
    main("setup", lambda: prepare("dev"))
