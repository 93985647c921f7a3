"""Answer grading cases from standard input: one JSON case a line (or the file's array), one JSON answer a line out."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand

from gradebook.grading_cases import answer


def cases_read(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Cases of a stream with one case a line, or of an array written one case a line as the golden file is."""
    for raw in lines:
        line = raw.strip().lstrip("\ufeff")
        if line.startswith("[") and line != "[":
            yield from json.loads(line)
            continue
        line = line.removesuffix(",")
        if line and line not in "[]":
            yield json.loads(line)


class Command(BaseCommand):
    help = "Answer grading cases: one JSON case a line in, one answer a line out."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Read standard input to its end; a broken line raises json.JSONDecodeError."""
        for case in cases_read(sys.stdin):
            self.stdout.write(json.dumps(answer(case), ensure_ascii=False))
