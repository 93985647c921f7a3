"""Whether the trail is what it was: every seal over its entries, the chain of seals, and the copies that left the house."""

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from . import triggers
from .models import Delivery, Entry, Seal
from .places import PlaceError, place_of, places
from .processing import entries_between, hash_of

LATE = datetime.timedelta(hours=1)


def faults(copies: Iterable[tuple[str, list[str]]] = ()) -> Iterator[str]:
    """Everything that is wrong, in sentences; nothing when all is well. ``copies`` are further (name, lines) of seals."""
    yield from chain_faults()
    seals = {seal.pk: seal.hash for seal in Seal.objects.order_by("pk")}
    yield from delivery_faults()
    for name, lines in [*readable_copies(), *copies]:
        yield from copy_faults(name, lines, seals)
    for name in triggers.missing(connection):
        yield _("The trigger %(name)s is missing, disabled or outdated: changes may have left no trace.") % {
            "name": name
        }


def chain_faults() -> Iterator[str]:
    """Seals against entries, one after the other."""
    previous, done, expected = "", 0, None
    for seal in Seal.objects.order_by("pk").iterator():
        words = {"seal": seal.pk, "first": seal.first, "last": seal.last, "rows": seal.rows}
        if expected is not None and seal.pk != expected:
            yield _("A seal is missing before seal %(seal)d.") % words
        if seal.previous != previous:
            yield _("Seal %(seal)d does not follow the seal before it.") % words
        value, count, first = hash_of(seal.previous, entries_between(done, seal.last))
        if count != seal.rows:
            yield _("Seal %(seal)d closed %(rows)d entries (%(first)d–%(last)d); now there are %(count)d.") % (
                words | {"count": count}
            )
        elif value != seal.hash or first != seal.first:
            yield _("An entry under seal %(seal)d (%(first)d–%(last)d) was changed after it was sealed.") % words
        previous, done, expected = seal.hash, seal.last, seal.pk + 1


def readable_copies() -> Iterator[tuple[str, list[str]]]:
    """The copies at our own places that can be read back."""
    for name, address in places().items():
        lines = place_of(address).lines()
        if lines is not None:
            yield name, lines


def delivery_faults() -> Iterator[str]:
    """Entries that should have been sealed, and seals that should have left the house."""
    last = Seal.objects.order_by("-pk").first()
    late = Entry.objects.filter(pk__gt=last.last if last else 0, at__lt=timezone.now() - LATE).order_by("pk").first()
    if late is not None:
        yield _("Entries older than an hour (from number %(first)d) are not sealed: does the scheduler run?") % {
            "first": late.pk
        }
    for place in places():
        stuck = Delivery.objects.filter(place=place, sent_at=None, failures__gt=2).order_by("seal_id").first()
        if stuck is not None:
            yield _("Seal %(seal)d could not be sent: %(error)s") % {"seal": stuck.seal_id, "error": stuck.error}


def copy_faults(name: str, lines: list[str], seals: dict[int, str]) -> Iterator[str]:
    """A copy against the seals of the database: a seal that only the copy knows was removed here."""
    seen: set[int] = set()
    for line in lines:
        start = line.find("{")
        try:
            facts: Any = json.loads(line[start:]) if start >= 0 else None
            number, value = int(facts["seal"]), str(facts["hash"])
        except (ValueError, KeyError, TypeError):
            yield _("A line of the copy %(name)s cannot be read: %(line)s") % {"name": name, "line": line[:80]}
            continue
        words = {"name": name, "seal": number}
        seen.add(number)
        if number not in seals:
            yield _("The copy %(name)s holds seal %(seal)d, which was removed here with what it closed.") % words
        elif seals[number] != value:
            yield _("The copy %(name)s holds another seal %(seal)d: the trail was rewritten.") % words
    place_sent = set(Delivery.objects.exclude(sent_at=None).filter(place=name).values_list("seal_id", flat=True))
    if lost := sorted((place_sent & set(seals)) - seen):
        yield _("The copy %(name)s lacks seal %(seal)d, which was sent there.") % {"name": name, "seal": lost[0]}


def summary() -> str:
    """How much was looked at, in a sentence."""
    last = Seal.objects.order_by("-pk").first()
    sealed = last.last if last else 0
    waiting = Entry.objects.filter(pk__gt=sealed).count()
    return _("%(seals)d seals over entries up to %(last)d; %(waiting)d younger entries are not sealed yet.") % {
        "seals": Seal.objects.count(),
        "last": sealed,
        "waiting": waiting,
    }


__all__ = ["PlaceError", "faults", "summary"]
