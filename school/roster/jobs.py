"""Reading and writing a sent list: at once when it is short, by the worker when it is long. Knows nothing of Celery."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.identity.models import User
from school.roster.models import RosterImport
from school.roster.processing.columns import Layout
from school.roster.selectors import layouts_for
from school.roster.writing.imports import Outcome, roster_import
from school.roster.writing.progress import Dropped, Progress

State = RosterImport.State
# A worker that has not been heard of for so long is dead; its transaction is undone.
DEAD_AFTER = timedelta(minutes=10)
# A message to the worker that was not taken by then is sent again.
LATE_AFTER = timedelta(minutes=2)


def import_check(pk: int) -> bool:
    """Read a sent list and say what it would change; whoever claims it does it, a second call does nothing."""
    if not _claim(pk, State.QUEUED, State.CHECKING):
        return False
    record = RosterImport.objects.select_related("school", "by", "layout").get(pk=pk)
    progress = Progress(pk)
    try:
        with override("vi"):
            outcome = roster_import(
                school=record.school,
                kind=record.kind,
                content=bytes(record.content),
                by=record.by,
                dry_run=True,
                layouts=_layouts(record),
                tell=progress,
            )
            _checked(record, outcome)
    except Dropped:
        return False
    except Exception:
        _fail(pk, State.CHECKING)
        raise
    finally:
        progress.close()
    return True


def _claim(pk: int, waiting: str, working: str) -> bool:
    claimed = RosterImport.objects.filter(pk=pk, state=waiting).update(state=working, beat=timezone.now())
    return bool(claimed)


def _fail(pk: int, state: str) -> None:
    RosterImport.objects.filter(pk=pk, state=state).update(
        state=State.FAILED,
        content=b"",
        message=_("The list could not be read to its end; nothing was written. Send it again."),
    )


def _layouts(record: RosterImport) -> Sequence[Layout]:
    """What was said of this file, else what is remembered of files like it."""
    if not record.columns:
        return layouts_for(record.school, record.kind)
    fingerprint = record.layout.fingerprint if record.layout and record.header_row is None else ""
    return [Layout(record.columns, fingerprint=fingerprint, row=record.header_row)]


def _checked(record: RosterImport, outcome: Outcome) -> None:
    """Keep what was found; not when the list was dropped meanwhile."""
    found = told(outcome)
    found["message"] = outcome.refusal
    if outcome.layout is not None and outcome.layout.pk:
        found |= {"layout_id": outcome.layout.pk, "columns": dict(outcome.layout.columns)}
    if outcome.columns_unknown or (outcome.unread and not record.columns and outcome.layout is None):
        found["state"] = State.MAPPING
    elif outcome.refusal:
        found |= {"state": State.REFUSED, "content": b""}
    else:
        found["state"] = State.PREVIEW
    RosterImport.objects.filter(pk=record.pk, state=State.CHECKING).update(**found)


def told(outcome: Outcome) -> dict[str, Any]:
    """What a record keeps of an outcome."""
    return {
        "counts": asdict(outcome.counts) | {"rows": outcome.rows, "good": outcome.good},
        "faults": [asdict(fault) for fault in outcome.faults],
        "warnings": [asdict(fault) for fault in outcome.warnings],
        "new_classes": outcome.new_classes,
        "unread": outcome.unread,
        "notes": outcome.notes,
    }


def import_write(pk: int) -> Outcome | None:
    """Write a list that a person said yes to; None when somebody else does it or did it.

    The school may have changed since the preview, so the file is read again. The state turns in the transaction of the
    rows: a list that is written is never shown as waiting.
    """
    if not _claim(pk, State.CONFIRMED, State.WRITING):
        return None
    record = RosterImport.objects.select_related("school", "layout").get(pk=pk)
    options = dict(record.options)
    by = User.objects.filter(pk=options.pop("by", None)).first()
    progress = Progress(pk)

    def finish(outcome: Outcome) -> None:
        RosterImport.objects.filter(pk=pk).update(
            **told(outcome), state=State.DONE, content=b"", message="", answered=timezone.now()
        )

    try:
        with override("vi"):
            outcome = roster_import(
                school=record.school,
                kind=record.kind,
                content=bytes(record.content),
                by=by,
                accept_valid=options.get("accept_valid", False),
                accept_repairs=options.get("accept_repairs", False),
                create_classes=options.get("create_classes") or None,
                layouts=_layouts(record),
                tell=progress,
                when_written=finish,
            )
            if not outcome.written:
                _not_written(pk, outcome)
    except Exception:
        _fail(pk, State.WRITING)
        raise
    finally:
        progress.close()
    return outcome


def _not_written(pk: int, outcome: Outcome) -> None:
    found = told(outcome)
    if outcome.refusal:
        found |= {"state": State.REFUSED, "content": b"", "message": outcome.refusal}
    else:
        message = _("Nothing was written: the list has faults. Correct them, or choose to take only the correct rows.")
        found |= {"state": State.PREVIEW, "answered": None, "message": message}
    RosterImport.objects.filter(pk=pk, state=State.WRITING).update(**found)


def imports_lost() -> list[RosterImport]:
    """Give up lists whose worker died; returns those that no worker took, to be asked for again."""
    now = timezone.now()
    for state in (State.CHECKING, State.WRITING):
        for pk in RosterImport.objects.filter(state=state, beat__lt=now - DEAD_AFTER).values_list("pk", flat=True):
            with override("vi"):
                _fail(pk, state)
    waiting = RosterImport.objects.filter(state__in=[State.QUEUED, State.CONFIRMED], beat__lt=now - LATE_AFTER)
    return list(waiting.only("pk", "state"))
