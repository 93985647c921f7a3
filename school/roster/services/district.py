"""The office's list of schools."""

import re
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from school.dated import today
from school.organisation.models import Level, Node, School, SchoolLevel, SchoolYear
from school.organisation.services import catalogues_ensure, node_create, school_create, year_open
from school.phones import normalise_phone
from school.roster.processing.columns import folded_heading
from school.roster.processing.lists import Fault
from school.roster.processing.tables import Sheet, TableError, read_sheets
from school.roster.processing.values import UnreadableError, as_text, read_email
from school.text import fold

_COLUMNS = {
    "code": ("code", "ma", "ma truong", "ma don vi"),
    "name": ("name", "ten", "ten truong", "ten don vi", "truong"),
    "level": ("level", "levels", "cap", "cap hoc"),
    "ward": ("ward", "phuong", "xa", "phuong xa"),
    "email": ("email", "e mail", "thu dien tu"),
    "phone": ("phone", "dien thoai", "so dien thoai", "sdt"),
}
_LEVELS = {
    "primary": Level.PRIMARY, "tieu hoc": Level.PRIMARY, "th": Level.PRIMARY, "cap 1": Level.PRIMARY,
    "lower_secondary": Level.LOWER, "thcs": Level.LOWER, "trung hoc co so": Level.LOWER, "cap 2": Level.LOWER,
    "upper_secondary": Level.UPPER, "thpt": Level.UPPER, "trung hoc pho thong": Level.UPPER, "cap 3": Level.UPPER,
    "university": Level.UNIVERSITY, "dai hoc": Level.UNIVERSITY, "dh": Level.UNIVERSITY,
}  # fmt: skip


@dataclass
class DistrictOutcome:
    """How many schools the list made, changed and found as they were; what is wrong in it."""

    new: int = 0
    changed: int = 0
    same: int = 0
    faults: list[Fault] = field(default_factory=list)


@transaction.atomic
def district_import(*, content: bytes, office: str = "") -> DistrictOutcome:
    """Load the list of schools below the office's node, which is made when there is none; bad rows are named and skipped.

    Raises TableError when the file is no list of schools. Loading the same list again changes nothing.
    """
    sheet, header, columns = _find(read_sheets(content))
    catalogues_ensure()
    if not SchoolYear.objects.exists():
        day = today()
        year_open(day.year if day.month >= 8 else day.year - 1)
    parent = _office(office)
    outcome = DistrictOutcome()
    known = {one.code: one for one in School.objects.select_related("node").prefetch_related("level_rows")}
    seen: dict[str, int] = {}
    for at in range(header + 1, len(sheet.rows)):
        cells = {key: as_text(sheet.value(at, column)).lstrip("'") for key, column in columns.items()}
        if not any(cells.values()):
            continue
        labels = {key: as_text(sheet.value(header, column)) for key, column in columns.items()}
        faults = _faults(cells, seen, sheet, at, columns)
        if faults:
            outcome.faults += [Fault(at + 1, labels[key], cells[key], message) for key, message in faults.items()]
            continue
        seen[cells["code"]] = at + 1
        levels = _levels(cells["level"])
        facts = {
            "name": cells["name"],
            "ward": cells.get("ward", ""),
            "email": cells.get("email", "").lower(),
            "phone": normalise_phone(cells.get("phone", "")),
        }
        school = known.get(cells["code"])
        if school is None:
            school_create(code=cells["code"], levels=levels, parent=parent, **facts)
            outcome.new += 1
        elif _change(school, facts, levels):
            outcome.changed += 1
        else:
            outcome.same += 1
    return outcome


def _find(sheets: list[Sheet]) -> tuple[Sheet, int, dict[str, int]]:
    for sheet in sheets:
        for at in range(min(len(sheet.rows), 20)):
            columns: dict[str, int] = {}
            for column in range(len(sheet.rows[at])):
                words = folded_heading(as_text(sheet.value(at, column)))
                key = next((key for key, names in _COLUMNS.items() if words in names), "")
                if key:
                    columns.setdefault(key, column)
            if {"code", "name", "level"} <= set(columns):
                return sheet, at, columns
    raise TableError(_("This is no list of schools: it needs the columns code, name and level."))


def _office(name: str) -> Node:
    """The node above the schools: the one of that name, else the first office, else a new one."""
    offices = Node.objects.filter(kind__code="office").order_by("pk")
    found = offices.filter(name=name).first() if name else offices.first()
    if found is not None:
        return found
    return node_create(kind="office", name=name or "Văn phòng giáo dục")


def _levels(cell: str) -> list[str]:
    """Levels of a cell ("primary;lower_secondary", "TH, THCS"); raises ValueError for unknown words."""
    words = re.split(r"[;,&+/|]+", cell)
    if fold(cell) not in _LEVELS and all(word in _LEVELS for word in fold(cell).split()):
        words = cell.split()
    found: list[str] = []
    for word in words:
        folded = fold(word)
        if not folded:
            continue
        if folded not in _LEVELS:
            raise ValueError(word)
        if _LEVELS[folded] not in found:
            found.append(_LEVELS[folded])
    if not found:
        raise ValueError(cell)
    return found


def _faults(
    cells: dict[str, str], seen: dict[str, int], sheet: Sheet, at: int, columns: dict[str, int]
) -> dict[str, str]:
    faults = {
        key: _("The cell holds a formula. Type the value itself.")
        for key, column in columns.items()
        if (at, column) in sheet.formulas
    }
    if not cells["code"].replace("-", "").isalnum() or not cells["code"].isascii() or len(cells["code"]) > 20:
        faults.setdefault("code", _("The school's code must be letters and digits, at most 20."))
    elif cells["code"] in seen:
        faults.setdefault(
            "code",
            _("This code stands twice: also in row %(row)s. Correct one of them.") % {"row": seen[cells["code"]]},
        )
    if not cells["name"] or len(cells["name"]) > 200:
        faults.setdefault("name", _("The school's name is missing or too long."))
    try:
        _levels(cells["level"])
    except ValueError:
        faults.setdefault(
            "level", _("Unknown level. Write primary, lower_secondary, upper_secondary or university, several with ;")
        )
    if cells.get("phone") and not normalise_phone(cells["phone"]):
        faults.setdefault(
            "phone", _("This is not a phone number. Write 10 digits that start with 0, or leave it blank.")
        )
    if cells.get("email"):
        try:
            read_email(cells["email"])
        except UnreadableError as problem:
            faults.setdefault("email", problem.message)
    return faults


def _change(school: School, facts: dict[str, str], levels: list[str]) -> bool:
    """Set what differs; whether anything did. A blank cell says nothing."""
    differing = {key: value for key, value in facts.items() if value and getattr(school, key) != value}
    for key, value in differing.items():
        setattr(school, key, value)
    if "name" in differing:
        school.node.name = school.name
        school.short_name = school.name.removeprefix("Trường ").strip()
        school.node.save()
    if differing:
        school.save()
    if set(levels) != set(school.levels):
        school.level_rows.exclude(level__in=levels).delete()
        held = set(school.levels)
        SchoolLevel.objects.bulk_create(
            SchoolLevel(school=school, level=level) for level in levels if level not in held
        )
        return True
    return bool(differing)
