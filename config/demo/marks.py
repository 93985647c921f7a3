"""The gradebook of 6A1: one sheet published, one begun; an absence of today and a remark."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from python_calamine import CalamineWorkbook

from gradebook.models import AbsenceSession, MarkSheet, Remark
from gradebook.services import (
    Change,
    absence_record,
    marks_save,
    remark_write,
    sheet_open,
    sheet_publish,
    sheets_open_all,
)
from school.identity.models import User
from school.organisation.models import School, SchoolClass, Subject, Term

from .files import demo_file
from .people import HOMEROOM_TEACHER, LITERATURE_TEACHER, MATHS_TEACHER, NGOC_LAM, STUDENT, person

HEADING_ROWS, FIRST_MARK = 5, 3
REMARK = (
    "Em làm bài phân số cẩn thận, trình bày rõ từng bước. "
    "Cần luyện thêm phần quy đồng mẫu số ba phân số; gia đình nhắc em xem lại bài giảng trên Mái Trường."
)


def class_6a1() -> SchoolClass:
    """The class that the demonstration looks at."""
    found: SchoolClass = SchoolClass.objects.get(school__code=NGOC_LAM, name="6A1")
    return found


def school_marks() -> dict[str, list[str]]:
    """Ministry code → the row of marks of the Excel file, "" where a cell is empty."""
    book = CalamineWorkbook.from_path(str(demo_file("district", "marks_thcs_ngoc_lam_6A1_toan_hk1.xlsx")))
    rows = book.get_sheet_by_index(0).to_python()[HEADING_ROWS:]
    return {str(row[1]): [_text(cell) for cell in row[FIRST_MARK:]] for row in rows if str(row[1]).strip()}


def _text(cell: object) -> str:
    # Excel keeps 8.1 as a binary fraction; its shortest decimal form is what the teacher typed.
    return f"{Decimal(str(cell)).normalize():f}" if isinstance(cell, float) else str(cell).strip()


def sheets_make() -> None:
    """Every sheet of the school's first term is open, as after the office has opened the term."""
    school = School.objects.get(code=NGOC_LAM)
    terms = list(Term.objects.filter(year=class_6a1().year, number=1))
    sheets_open_all(classes=list(school.classes.all()), terms=terms)


def _enter(sheet: MarkSheet, marks: dict[str, list[str]], by: User, columns: int) -> None:
    """Enter the first columns of the rows as the teacher would by pasting them."""
    if sheet.log_length:
        return
    students = {user.ministry_code: user.pk for user in User.objects.filter(ministry_code__in=list(marks))}
    places = list(sheet.columns.all())[:columns]
    changes = [
        Change(student=students[code], column=column.pk, value=value)
        for code, row in marks.items()
        for column, value in zip(places, row, strict=False)
        if value
    ]
    saved = marks_save(sheet=sheet, changes=changes, by=by, key="demonstration")
    refused = [outcome.why for outcome in saved.outcomes if outcome.status != "ok"]
    if refused:
        raise RuntimeError(f"{sheet}: {len(refused)} marks were not taken in: {refused[0]}")


def marks_make() -> None:
    """Mathematics is entered and published; literature has its first two columns, not published yet."""
    school_class = class_6a1()
    term = Term.objects.get(year=school_class.year, number=1)
    marks = school_marks()
    maths = sheet_open(school_class=school_class, subject=Subject.objects.get(code="TOAN"), term=term)
    teacher = person(MATHS_TEACHER)
    if not maths.log_length:
        _enter(maths, marks, teacher, columns=6)
        sheet_publish(sheet=maths, by=teacher)
    # Another subject's marks: the same rows handed seven pupils on, so that nobody has twice the same.
    codes = list(marks)
    moved = {code: marks[codes[(place + 7) % len(codes)]] for place, code in enumerate(codes)}
    literature = sheet_open(school_class=school_class, subject=Subject.objects.get(code="NGU_VAN"), term=term)
    _enter(literature, moved, person(LITERATURE_TEACHER), columns=2)


def day_make() -> None:
    """What the father reads: the absence of this morning and a remark of the mathematics teacher."""
    school_class, student = class_6a1(), person(STUDENT)
    if not AbsenceSession.objects.filter(student=student).exists():
        absence_record(
            student=student,
            school_class=school_class,
            date=timezone.localdate(),
            session=AbsenceSession.Session.MORNING,
            by=person(HOMEROOM_TEACHER),
        )
    if not Remark.objects.filter(student=student).exists():
        remark_write(
            student=student,
            school_class=school_class,
            subject=Subject.objects.get(code="TOAN"),
            by=person(MATHS_TEACHER),
            text=REMARK,
        )
