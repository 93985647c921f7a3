"""Objects of both schools for the addresses of personal data."""

from typing import Any

from school.privacy.models import DataRequest, RetentionRun
from school.privacy.services import request_make
from tests.world import World


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """A request of a pupil of each school, sent by their parent; a report of the office."""
    wishes: dict[str, DataRequest] = {
        whose: request_make(person=cast.student, kind="correction", text="Sai tên", by=cast.father)
        for whose, cast in (("own", world.a), ("other", world.b))
    }
    values = {whose: {"request_id": wish.pk} for whose, wish in wishes.items()}
    run = RetentionRun.objects.create(day=world.year.starts)
    return {
        "privacy:wish": values,
        "privacy:wish-withdraw": values,
        "privacy:export-file": {"own": {"token": "khong-co"}},
        "privacy:retention-rule": {"own": {"kind": "traces"}},
        "privacy:retention-run": {"own": {"run_id": run.pk}},
    }
