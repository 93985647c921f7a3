"""Where the second line begins and stops by itself: new connections and background tasks."""

from contextlib import ExitStack
from typing import Any

from .context import apply, unfenced

_running: dict[str, ExitStack] = {}


def connected(connection: Any, **_: Any) -> None:
    """A connection made in the middle of a request (the old one was lost) is fenced like the one before it."""
    apply(connection)


def task_begins(task_id: str, **_: Any) -> None:
    """A task is the system's work, also where it runs at once inside a request (tests, or without a broker)."""
    stack = _running[task_id] = ExitStack()
    stack.enter_context(unfenced())


def task_ended(task_id: str, **_: Any) -> None:
    """Back to whoever called."""
    if stack := _running.pop(task_id, None):
        stack.close()
