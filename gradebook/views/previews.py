"""Changes that a teacher looks at before they are written: signed on their way through the page, written when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import ngettext

from gradebook.models import MarkSheet
from gradebook.services import Change, Saved

# Long enough to read a preview, short enough that nobody confirms yesterday's.
PREVIEW_AGE = 3600


def preview_sign(sheet: MarkSheet, changes: Sequence[Change], salt: str, **facts: str) -> str:
    """The changes and what is to be known of them (``facts``), for a hidden field of the page."""
    rows = [[change.student, change.column, change.value, change.version] for change in changes]
    return signing.dumps({"sheet": sheet.pk, "rows": rows, **facts}, salt=salt, compress=True)


def preview_read(request: HttpRequest, sheet: MarkSheet, salt: str) -> dict[str, Any] | None:
    """What ``preview_sign`` signed, ``changes`` among it; None when it is too old, of another sheet, or not ours."""
    try:
        preview: dict[str, Any] = signing.loads(request.POST.get("payload", ""), salt=salt, max_age=PREVIEW_AGE)
    except signing.BadSignature:
        return None
    if preview.get("sheet") != sheet.pk:
        return None
    return preview | {"changes": [Change(*row) for row in preview["rows"]]}


def saved_say(request: HttpRequest, saved: Saved) -> None:
    """Say how many marks were written, and how many cells somebody changed meanwhile."""
    wrong = sum(outcome.status != "ok" for outcome in saved.outcomes)
    if wrong:
        text = ngettext("%(n)s cell was left as it is.", "%(n)s cells were left as they are.", wrong) % {"n": wrong}
        messages.warning(request, text)
    messages.success(request, ngettext("%(n)s mark saved.", "%(n)s marks saved.", saved.changed) % {"n": saved.changed})
