"""The whole demonstration, part by part; each part may run again and then adds only what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from school.organisation.models import School

from .books import ebook_make, shelf_make
from .district import OFFICE_CODE, district_make
from .files import SignIn, sign_ins_write
from .lessons import course_make
from .marks import day_make, marks_make, sheets_make
from .news import news_make
from .people import NGOC_LAM, lists_import, sign_ins_make, two_roles_make


def refuse_outside_demonstration() -> None:
    """Known passwords belong to the embedded mode alone. Raises RuntimeError elsewhere."""
    if not settings.EMBEDDED:
        raise RuntimeError(
            "The demonstration's people have known passwords; it loads only in the embedded mode (config.settings.dev)."
        )


def is_other_district() -> bool:
    """Whether the database holds schools that are not the demonstration's: then it is left alone."""
    return School.objects.exists() and not School.objects.filter(node__parent__code=OFFICE_CODE).exists()


def load(say: Callable[[str], object]) -> list[SignIn]:
    """Load every part; `say` is told each part's seconds. Returns one sign-in per role."""
    refuse_outside_demonstration()
    people: list[SignIn] = []

    def part(title: str, work: Callable[[], object]) -> None:
        started = time.monotonic()
        # One transaction a part: a loading that is broken off goes on where it stopped.
        with transaction.atomic():
            work()
        say(f"  {title}: {time.monotonic() - started:.1f} s")

    part("office and schools", district_make)
    part("two schools' lists", lists_import)
    part("a teacher who is a parent", two_roles_make)
    part("sign-ins", lambda: people.extend(sign_ins_make()))
    part("a course with a video and an exercise", course_make)
    part("mark sheets", sheets_make)
    part("marks", marks_make)
    part("today's absence and a remark", day_make)
    part("books and loans", shelf_make)
    part("an e-book", ebook_make)
    part("portals and news", news_make)
    school = School.objects.get(code=NGOC_LAM)
    sign_ins_write(
        people,
        [
            ("localhost:{port}/cong-thong-tin/", "the office's public portal"),
            (f"{school.slug}.localhost:{{port}}", f"{school.name}: its own portal"),
        ],
    )
    return people
