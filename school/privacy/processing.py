"""The slow work on personal data: writing a person's copy, erasing what may go, counting and deleting what is old."""

import base64
import datetime
import io
import json
import zipfile
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import ProtectedError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.audit.services import record
from school.identity.models import User
from school.personal import Part, parts
from school.policy import Actor
from school.sealing import seal

from .models import DataExport, RetentionRun
from .selectors import old_rows, rows_of

KEPT_HOURS = 24
# Of one kind at most so many rows, the newest: a copy stays a file that opens.
MOST = 20_000


def heading(model: Any, path: str) -> str:
    """A value's name in words: of the last relation for "school__name", of the field itself otherwise."""
    names = path.split("__")
    shown = ""
    for number, name in enumerate(names):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return shown or path
        if not (shown and number == len(names) - 1 and name in {"name", "title", "full_name"}):
            shown = str(getattr(field, "verbose_name", name))
        if field.is_relation and field.related_model:
            model = field.related_model
    return shown[:1].upper() + shown[1:]


def _choices(model: Any, path: str) -> dict[Any, str]:
    """The words for a field's stored codes; {} for a field without choices."""
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model
    return {key: str(label) for key, label in (getattr(model._meta.get_field(last), "choices", None) or [])}


def _words(value: Any, choices: dict[Any, str]) -> str:
    """A value as a person reads it."""
    if value in choices:
        return choices[value]
    if value is True or value is False:
        return _("yes") if value else _("no")
    if value is None:
        return ""
    if hasattr(value, "astimezone"):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT") if hasattr(value, "isoformat") else str(value)


def section(part: Part, person: User) -> dict[str, Any]:
    """One part of the copy: its title, headings and rows, for machines and for people."""
    model = apps.get_model(part.model)
    rows = list(rows_of(part, person).order_by("-pk").values_list(*part.fields)[:MOST])
    choices = [_choices(model, field) for field in part.fields]
    return {
        "key": f"{part.model}:{part.path}",
        "title": str(part.title),
        "kind": str(part.kind.label),
        "headings": [heading(model, field) for field in part.fields],
        "fields": list(part.fields),
        "rows": rows,
        "words": [[_words(value, words) for value, words in zip(row, choices, strict=True)] for row in rows],
    }


def copy_zip(person: User, *, reader: User) -> tuple[bytes, int]:
    """(the zip with a JSON and an HTML file, number of rows) of everything about a person.

    What is private to the person is left out, and named, when somebody else reads the copy.
    """
    private = [part for part in parts() if part.private and reader != person]
    with override("vi"):
        sections = [section(part, person) for part in parts() if part not in private]
        left_out = [str(part.title) for part in private]
        made = timezone.localtime()
        context = {"person": person, "sections": sections, "left_out": left_out, "made": made}
        page = render_to_string("privacy/copy.html", context)
    machine = {
        "person": person.code,
        "made": made.isoformat(),
        "left_out": left_out,
        "sections": {
            one["key"]: [dict(zip(one["fields"], row, strict=True)) for row in one["rows"]] for one in sections
        },
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("du-lieu.json", json.dumps(machine, ensure_ascii=False, indent=1, default=str))
        archive.writestr("du-lieu.html", page)
    return packed.getvalue(), sum(len(one["rows"]) for one in sections)


def export_make(export_id: int) -> bool:
    """Make a waiting copy and seal it; a second call does nothing. Whoever claims the row makes it."""
    State = DataExport.State
    if not DataExport.objects.filter(pk=export_id, state=State.QUEUED).update(state=State.RUNNING):
        return False
    export = DataExport.objects.select_related("person", "asked_by").get(pk=export_id)
    try:
        content, rows = copy_zip(export.person, reader=export.asked_by)
    except Exception:
        DataExport.objects.filter(pk=export_id).update(state=State.FAILED)
        raise
    DataExport.objects.filter(pk=export_id).update(
        state=State.READY, sealed=seal(base64.b64encode(content).decode()), rows=rows, ready_at=timezone.now()
    )
    return True


def exports_forget() -> int:
    """Drop the content of copies older than a day; returns how many."""
    before = timezone.now() - datetime.timedelta(hours=KEPT_HOURS)
    old = DataExport.objects.filter(state=DataExport.State.READY, ready_at__lt=before)
    return int(old.update(state=DataExport.State.GONE, sealed=""))


def erase(person: User) -> dict[str, int]:
    """Delete what nothing obliges us to keep about a person; returns how many rows of which part went.

    Whoever has left every school and post also loses phone, e-mail and address, for nobody has to reach them any more.
    """
    gone: dict[str, int] = {}
    for part in parts():
        if part.erasable:
            count = rows_of(part, person).count()
            if count:
                rows_of(part, person).delete()
                gone[part.model] = gone.get(part.model, 0) + count
    if not Actor(person).roles:
        person.phone = person.email = person.address = ""
        person.save(update_fields=["phone", "email", "address", "search_text"])
        gone["identity.User"] = 1
    return gone


def report_make() -> RetentionRun:
    """Count what the office's rules would delete today; an unanswered older report is replaced. Nothing is deleted."""
    day = timezone.localdate()
    counts = [{"model": part.model, "kind": part.kind.code, "rows": rows.count()} for part, rows in old_rows(day)]
    with transaction.atomic():
        RetentionRun.objects.filter(state=RetentionRun.State.REPORT).update(state=RetentionRun.State.STALE)
        run: RetentionRun = RetentionRun.objects.create(day=day, counts=counts)
    return run


def report_carry_out(run_id: int) -> int:
    """Delete what a confirmed report has counted, as of its day; a second call does nothing. Returns the number of rows.

    What another record still needs stays, and the report says how many.
    """
    State = RetentionRun.State
    with transaction.atomic():
        run = RetentionRun.objects.select_for_update().get(pk=run_id)
        if run.state != State.CONFIRMED:
            return 0
        total, lines = 0, {line["model"]: line for line in run.counts}
        for part, rows in old_rows(run.day):
            line = lines.setdefault(part.model, {"model": part.model, "kind": part.kind.code, "rows": 0})
            try:
                with transaction.atomic():
                    line["deleted"] = rows.count()
                    rows.delete()
            except ProtectedError:
                line["deleted"] = 0
            total += line["deleted"]
        run.counts, run.state, run.done_at = list(lines.values()), State.DONE, timezone.now()
        run.save(update_fields=["counts", "state", "done_at"])
        record(actor=run.confirmed_by, action="data_erased", target=run, detail={"rows": total})
    return total
