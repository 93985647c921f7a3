"""Accounts that are probably one person's: the same name but for diacritics with the same birth date or the same phone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from school.text import fold


@dataclass(frozen=True)
class Double:
    """Two accounts (ids, the older first) and why they may be one."""

    first: int
    second: int
    reason: str


def find(rows: Iterable[tuple[int, str, object, str]]) -> list[Double]:
    """Pairs among (id, full name, birth date or None, phone or ""); each pair once, the surest reason first.

    Two people with one name and two birth dates are two people, whatever the phone: namesakes among brothers' children share one.
    """
    by_birth: dict[tuple[str, object], list[int]] = defaultdict(list)
    by_phone: dict[tuple[str, str], list[tuple[int, object]]] = defaultdict(list)
    for pk, name, born, phone in rows:
        folded = fold(name)
        if born:
            by_birth[folded, born].append(pk)
        if phone:
            by_phone[folded, phone].append((pk, born))
    found: dict[tuple[int, int], str] = {}
    for ids in by_birth.values():
        for pair in _pairs(ids):
            found[pair] = _("Same name and birth date")
    for many in by_phone.values():
        births = dict(many)
        for first, second in _pairs(list(births)):
            if births[first] and births[second] and births[first] != births[second]:
                continue
            found.setdefault((first, second), _("Same name and phone"))
    return [Double(first, second, reason) for (first, second), reason in found.items()]


def _pairs(ids: list[int]) -> list[tuple[int, int]]:
    ordered = sorted(ids)
    # More than a handful of one name and date is a faulty list, not doubles: the first with each of the next says enough.
    return [(ordered[0], other) for other in ordered[1:6]]
