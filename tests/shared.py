"""Where the examples shared between the checkouts of the project lie; the project is complete without them."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).resolve().parents[2] / "shared"))


def shared(path: str) -> Path:
    """A file of `../shared`; where it is absent the test says so, and in CI that is a failure."""
    found = SHARED / path
    if not found.exists():
        message = f"needs {path} of ../shared, which is not on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found
