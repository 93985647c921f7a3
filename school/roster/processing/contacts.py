"""Whose number a "contact phone" is: lists name it beside the parents, or instead of them."""

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from school import text
from school.roster.processing.lists import Reading, Row

PARENTS = ("father", "mother", "guardian")


def contacts_place(reading: Reading) -> None:
    """Give every contact number and person of a list of students its place among the parents.

    A number that a parent has makes that parent the first contact; a number of nobody goes to the first parent named
    without one, and to the pupil's own record when every parent has one. What finds no place is told.
    """
    told: Counter[str] = Counter()
    for row in reading.rows:
        if row.get("contact_name") or row.get("contact_phone"):
            _place(reading, row, told)
    if count := told["given"]:
        reading.notes.append(
            ngettext(
                "%(count)s contact number was given to the first parent named without a number.",
                "%(count)s contact numbers were given to the first parent named without a number.",
                count,
            )
            % {"count": count}
        )
    if count := told["own"]:
        reading.notes.append(
            ngettext(
                "%(count)s contact number is no parent's and was kept as the pupil's own.",
                "%(count)s contact numbers are no parent's and were kept as the pupils' own.",
                count,
            )
            % {"count": count}
        )


def _place(reading: Reading, row: Row, told: Counter[str]) -> None:
    name, phone = row.get("contact_name"), row.get("contact_phone")
    if name:
        _place_person(reading, row, name, phone)
        return
    named = [who for who in PARENTS if row.get(f"{who}_name")]
    same = next((who for who in named if row.get(f"{who}_phone") == phone), "")
    free = next((who for who in named if not row.get(f"{who}_phone")), "")
    if same:
        row.values["first_contact"] = same
    elif free and not reading.is_faulty(row, f"{free}_phone"):
        row.values[f"{free}_phone"] = phone
        row.values["first_contact"] = free
        told["given"] += 1
    elif not row.get("phone"):
        row.values["phone"] = phone
        told["own"] += 1
    elif row.get("phone") != phone:
        reading.warn(
            row, "contact_phone", _("The number was not kept: the pupil and every parent already have another one.")
        )


def _place_person(reading: Reading, row: Row, name: str, phone: str) -> None:
    who = next((who for who in PARENTS if text.fold(row.get(f"{who}_name")) == text.fold(name)), "")
    if not who and row.get("guardian_name"):
        reading.warn(row, "contact_name", _("The contact was not kept: the list already names another guardian."))
        return
    who = who or "guardian"
    row.values.setdefault(f"{who}_name", name)
    row.values["first_contact"] = who
    if phone and row.get(f"{who}_phone") not in ("", phone):
        reading.warn(row, "contact_phone", _("The number was not kept: this parent already has another one."))
    elif phone:
        row.values[f"{who}_phone"] = phone
