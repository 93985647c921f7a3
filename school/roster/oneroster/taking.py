"""A set from its bytes to the data base: looked at, written, and taken back when it was only a trial or has faults."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.organisation.models import Node
from school.roster.models import OneRosterSet
from school.roster.oneroster.files import MAX_PROBLEMS, Problem, SetRefused, read_set
from school.roster.oneroster.loading import Loading
from school.roster.oneroster.places import Done
from school.row_security import unfenced

State = OneRosterSet.State


@dataclass
class Taken:
    """What a set did or would do. `refusal` says why it was not read at all."""

    version: str = ""
    rows: int = 0
    done: Done = field(default_factory=Done)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: bool = False
    refusal: str = ""

    @property
    def clean(self) -> bool:
        """Whether the whole set is as it should be."""
        return not self.refusal and not self.problems


class _Undo(Exception):
    """Ends a trial's transaction; never leaves this module."""


def set_take(
    content: bytes,
    *,
    dry_run: bool = False,
    accept_valid: bool = False,
    home: Node | None = None,
    when_written: Callable[[Taken], None] | None = None,
) -> Taken:
    """Read a set and write it: all of it, the good rows when that was accepted, or nothing.

    `home` is the office whose administrator sent it: nothing outside is touched, and new places stand below it.
    """
    try:
        found = read_set(content)
    except SetRefused as refused:
        return Taken(refusal=str(refused))
    taken = Taken(found.version, sum(map(len, found.rows.values())))
    try:
        # Ids are one table for the whole district; what may be changed is held to `under`.
        with unfenced(), transaction.atomic():
            under = frozenset({home.path}) if home else None
            # A set whose files or headings are wrong says nothing that could be taken over in part.
            if not any(one.row == 1 for one in found.problems):
                taken.done = Loading(found, under=under, home=home).load()
            order = {f"{name}.csv": at for at, name in enumerate(["manifest", *found.rows])}
            taken.problems = sorted(found.problems, key=lambda one: (order.get(one.file, 99), one.row))
            taken.notes = found.notes
            whole = not any(one.row == 1 for one in found.problems)
            taken.written = not dry_run and whole and (not found.problems or accept_valid)
            if not taken.written:
                raise _Undo
            if when_written:
                when_written(taken)
    except _Undo:
        pass
    return taken


def set_run(pk: int) -> bool:
    """The worker's part: say what a sent set would change, or write one that was said yes to. Whoever claims it does it."""
    if OneRosterSet.objects.filter(pk=pk, state=State.QUEUED).update(state=State.CHECKING, beat=timezone.now()):
        working, trial = State.CHECKING, True
    elif OneRosterSet.objects.filter(pk=pk, state=State.CONFIRMED).update(state=State.WRITING, beat=timezone.now()):
        working, trial = State.WRITING, False
    else:
        return False
    sent = OneRosterSet.objects.select_related("node").get(pk=pk)

    def finish(taken: Taken) -> None:
        OneRosterSet.objects.filter(pk=pk).update(**told(taken), state=State.DONE, content=b"")

    try:
        with override("vi"):
            taken = set_take(
                bytes(sent.content), dry_run=trial, accept_valid=sent.accept_valid, home=sent.node, when_written=finish
            )
            if not taken.written:
                rest = {"state": State.REFUSED, "content": b""} if taken.refusal else {"state": State.PREVIEW}
                OneRosterSet.objects.filter(pk=pk, state=working).update(**told(taken), **rest)
    except Exception:
        message = _("The set could not be read to its end; nothing was written. Send it again.")
        OneRosterSet.objects.filter(pk=pk, state=working).update(state=State.FAILED, content=b"", message=message)
        raise
    return True


def sets_lost() -> list[int]:
    """Give up sets whose worker died, forget those that nobody answered in a day; returns those that no worker took."""
    now = timezone.now()
    message = _("The set could not be read to its end; nothing was written. Send it again.")
    working = OneRosterSet.objects.filter(state__in=[State.CHECKING, State.WRITING], beat__lt=now - timedelta(hours=1))
    working.update(state=State.FAILED, content=b"", message=message)
    OneRosterSet.objects.filter(state=State.PREVIEW, created__lt=now - timedelta(days=1)).update(
        state=State.CANCELLED, content=b"", faults=[]
    )
    waiting = OneRosterSet.objects.filter(
        state__in=[State.QUEUED, State.CONFIRMED], beat__lt=now - timedelta(minutes=2)
    )
    return list(waiting.values_list("pk", flat=True))


def told(taken: Taken) -> dict[str, object]:
    """What a record keeps of what a set did."""
    return {
        "version": taken.version,
        "message": taken.refusal,
        "counts": asdict(taken.done) | {"rows": taken.rows, "problems": len(taken.problems)},
        "faults": [asdict(one) for one in taken.problems[:MAX_PROBLEMS]],
        "notes": taken.notes,
    }
