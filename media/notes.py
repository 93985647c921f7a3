"""Notes at moments of a recording: written, changed and read by their author; the owner's shared ones by all viewers."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from media.chapters import write_clock
from media.models import Asset, Note
from school.policy import visible
from school.text import fold

# More than a film holds moments; a program that writes without end is stopped here.
MOST = 500


class TooManyNotes(ValueError):
    """The person has ``MOST`` notes on this recording."""


def note_add(*, author: Any, asset: Asset, at: int, text: str, shared: bool = False) -> Note:
    """Keep a note at second ``at``; it is shared with viewers only when the recording is the author's own.

    Raises TooManyNotes.
    """
    if Note.objects.filter(author=author, asset=asset).count() >= MOST:
        raise TooManyNotes
    shared = shared and asset.owner_id == author.pk
    return Note.objects.create(asset=asset, author=author, at=at, text=text, shared=shared)


def note_change(note: Note, *, at: int, text: str, shared: bool = False) -> Note:
    """Write a note anew; see note_add for ``shared``."""
    note.at, note.text = at, text
    note.shared = shared and note.asset.owner_id == note.author_id
    note.changed = timezone.now()
    note.save(update_fields=["at", "text", "shared", "changed"])
    return note


def own_notes(user: Any, asset: Asset) -> QuerySet[Note]:
    """The person's notes on a recording, in its order."""
    return visible(user, Note).filter(asset=asset).order_by("at", "pk")


def all_notes(user: Any, words: str = "") -> list[Note]:
    """All the person's notes, recording by recording; with ``words`` those that hold them all, whatever the diacritics."""
    rows = visible(user, Note).select_related("asset").order_by("asset__title", "asset_id", "at", "pk")
    wanted = fold(words).split()
    return [note for note in rows if all(word in fold(f"{note.asset.title} {note.text}") for word in wanted)]


def shared_notes(asset: Asset) -> list[Note]:
    """What the recording's owner shows to everybody who may watch it: one query."""
    return list(asset.notes.filter(shared=True, author=F("asset__owner")).order_by("at", "pk"))


def by_recording(notes: Iterable[Note]) -> list[tuple[Asset, list[Note]]]:
    """Notes that come recording by recording, grouped."""
    return [
        (rows[0].asset, rows) for _, group in groupby(notes, key=lambda note: note.asset_id) if (rows := list(group))
    ]


def as_text(groups: Iterable[tuple[Asset, list[Note]]]) -> str:
    """Notes as plain text: the recording's name, then a line for each note that begins with its time."""
    parts = []
    for asset, notes in groups:
        lines = [f"{write_clock(note.at)}  {note.text.strip()}" for note in notes]
        parts.append("\n".join([asset.title, "=" * len(asset.title), "", *lines, ""]))
    return "\n".join(parts)
