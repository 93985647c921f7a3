"""Connections learn who acts; triggers are made after migrations; a task knows who sent it."""

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

from . import triggers
from .connections import prepare
from .context import Origin, asking, current

HEADER = "audit_actor"


@receiver(connection_created)
def connection_prepare(connection: Any, **_: Any) -> None:
    prepare(connection)


@receiver(pre_migrate)
def triggers_aside(sender: Any, using: str, plan: Any = None, **_: Any) -> None:
    """Once, before the first migration of a run."""
    if sender.label == "audit" and plan:
        triggers.step_aside(connections[using])


@receiver(post_migrate)
def triggers_back(sender: Any, using: str, **_: Any) -> None:
    """Once, when every table of the run is there."""
    if sender.label == "audit":
        triggers.install(connections[using])


def task_says_who(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A task carries the id of whoever caused it."""
    actor = current().actor_id
    if headers is not None and actor is not None:
        headers.setdefault(HEADER, actor)


_entered: dict[str, Any] = {}


def task_begins(task_id: str, task: Any, **_: Any) -> None:
    """What a task writes is written by whoever caused it; one of the scheduler's is the platform's own."""
    if task.request.is_eager:
        return
    actor = getattr(task.request, HEADER, None) or (task.request.headers or {}).get(HEADER)
    origin = Origin(int(actor) if actor else None)
    block = asking(lambda: origin)
    block.__enter__()
    _entered[task_id] = block


def task_ends(task_id: str, **_: Any) -> None:
    block = _entered.pop(task_id, None)
    if block is not None:
        block.__exit__(None, None, None)


# Called rather than used as decorators: Celery is untyped, and these functions are not.
before_task_publish.connect(task_says_who)
task_prerun.connect(task_begins)
task_postrun.connect(task_ends)
