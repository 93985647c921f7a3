"""Where the demonstration's data lies, and what it remembers between two starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

# Said on the terminal of a demonstration only: `demo_district` refuses to run outside the embedded mode.
PASSWORD = "truong-lang-que-em"  # noqa: S105


def demo_file(*parts: str) -> Path:
    """A file of the folder demo/."""
    return Path(settings.BASE_DIR, "demo", *parts)


@dataclass(frozen=True)
class SignIn:
    """One person of the demonstration to sign in as."""

    role: str
    code: str
    password: str
    name: str


def sign_ins_file() -> Path:
    """Written last: it stands for a demonstration that was loaded to its end."""
    return Path(settings.VAR) / "demo-sign-ins.json"


def sign_ins_write(people: list[SignIn], hosts: list[tuple[str, str]]) -> None:
    """Keep what `make run` prints, readable by the owner alone."""
    path = sign_ins_file()
    scratch = path.with_suffix(".new")
    scratch.touch(mode=0o600)
    scratch.write_text(
        json.dumps({"hosts": hosts, "people": [asdict(person) for person in people]}, ensure_ascii=False, indent=1),
        encoding="utf-8",
    )
    scratch.replace(path)
