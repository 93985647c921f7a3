"""A task is written down under whoever caused it, also when a worker of its own runs it."""

from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

from school.audit.context import acting, current

SEEN: list[int | None] = []


@pytest.fixture
def app() -> Celery:
    """A Celery application with a broker in memory and a worker on a thread: messages are really sent and received."""
    made = Celery("trail-test", broker="memory://", backend="cache+memory://", set_as_current=False, fixups=[])
    made.conf.update(task_always_eager=False, task_ignore_result=False)

    @made.task(name="trail.who")
    def who() -> None:
        SEEN.append(current().actor_id)

    return made


def test_a_worker_writes_under_the_person_who_caused_the_task(app: Celery) -> None:
    SEEN.clear()
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
        send: Any = app.tasks["trail.who"]
        with acting(actor_id=4711):
            send.delay().get(timeout=20)
        send.delay().get(timeout=20)
    # The second was the scheduler's own: nobody of the first one is left on the thread.
    assert SEEN == [4711, None]
    assert current().actor_id is None
