"""The whole demonstration, part by part; each part may run again and then adds only what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from school.organisation.models import School

from .district import office_admin_make, office_make, schools_make, year_make
from .files import PASSWORD, SignIn, sign_ins_write


def refuse_outside_demonstration() -> None:
    """Known passwords belong to the embedded mode alone. Raises RuntimeError elsewhere."""
    if not settings.EMBEDDED:
        raise RuntimeError(
            "The demonstration's people have known passwords; it loads only in the embedded mode (config.settings.dev)."
        )


def is_other_district() -> bool:
    """Whether the database holds schools that are not the demonstration's: then it is left alone."""
    return School.objects.exists() and not School.objects.filter(node__parent__code="LONG-BIEN").exists()


def load(say: Callable[[str], object]) -> list[SignIn]:
    """Load every part; `say` is told each part's seconds. Returns one sign-in per role."""
    refuse_outside_demonstration()
    people: list[SignIn] = []

    def part(title: str, work: Callable[[], object]) -> None:
        started = time.monotonic()
        with transaction.atomic():
            work()
        say(f"  {title}: {time.monotonic() - started:.1f} s")

    def district() -> None:
        office, year = office_make(), year_make()
        schools_make(office)
        admin = office_admin_make(office, year)
        if not admin.has_usable_password():
            admin.set_password(PASSWORD)
            admin.save()
        people.append(SignIn("Cơ quan quản lý", admin.code, PASSWORD, admin.full_name))

    part("office and schools", district)
    sign_ins_write(people, [("localhost:{port}", "the district")])
    return people
