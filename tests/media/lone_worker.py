"""A worker without a broker, for tests that kill it: it forks a child for each job, so that a start costs nothing.

Its commands come by lines on the standard input, and each is answered by one line:
``run <job> <owner>`` (the child's process id), ``wait <pid>``, ``reap``, ``sweep``, ``store <prefix>`` (names there), and, as
the web does, ``take <path> <person>`` (the new asset's id).
"""

import os
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.files.storage import default_storage  # noqa: E402
from django.db import connections  # noqa: E402

from media import jobs, pipeline, sweep  # noqa: E402
from media.services import asset_from_file  # noqa: E402
from school.identity.models import User  # noqa: E402


def run(job_id: int, owner: str) -> int:
    """Carry out a job in a child; returns its process id at once."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        pipeline.run_job(job_id, owner=owner)
        code = 0
    finally:
        os._exit(code)


def answer(words: list[str]) -> str:
    """Do what a line says."""
    match words:
        case ["run", job_id, owner]:
            return str(run(int(job_id), owner))
        case ["wait", pid]:
            return str(os.waitpid(int(pid), 0)[1])
        case ["reap"]:
            return str(jobs.reap())
        case ["sweep"]:
            return str(sweep.sweep())
        case ["take", path, person]:
            return str(asset_from_file(Path(path), owner=User.objects.get(pk=person)).pk)
        case ["store", prefix]:
            try:
                return " ".join(sorted(default_storage.listdir(prefix)[1]))
            except FileNotFoundError:
                return ""
        case _:
            raise ValueError(words)


def main() -> None:
    """Until the input ends, or its parent has gone."""
    started = time.monotonic()
    for line in sys.stdin:
        sys.stdout.write(answer(line.split()) + "\n")
        sys.stdout.flush()
        connections.close_all()  # no child may inherit one
        if time.monotonic() - started > 300:
            return


if __name__ == "__main__":
    main()
