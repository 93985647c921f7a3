"""Attendance of a session, and teachers' remarks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import AbsenceSession, Remark
from gradebook.selectors import class_students
from gradebook.services.results import absences_recount
from gradebook.signals import absence_recorded
from school.identity.models import User
from school.organisation.models import SchoolClass, Subject


class AttendanceError(Exception):
    """Attendance or a remark cannot be kept; the message says why, in the reader's language."""


def _check(school_class: SchoolClass, student: User, day: datetime.date) -> None:
    if day > timezone.localdate():
        raise AttendanceError(_("Attendance cannot be taken for a day to come."))
    if not class_students(school_class, day=day).filter(pk=student.pk).exists():
        raise AttendanceError(_("%(name)s was not in the class on that day.") % {"name": student.full_name})


@transaction.atomic
def absence_record(
    *,
    student: User,
    school_class: SchoolClass,
    date: datetime.date,
    session: str,
    by: User,
    excused: bool = False,
    reason: str = "",
) -> AbsenceSession:
    """Record that a pupil is absent from a session ("S" or "C"), or change its excuse; ``by`` must be allowed to.

    Sends ``absence_recorded`` after the commit when the absence is new or its excuse changed. Raises AttendanceError
    for a day to come or a pupil who was not in the class.
    """
    absence, created = _record(student, school_class, date, session, by, excused=excused, reason=reason)
    if created:
        absences_recount(school_class, [student.pk])
    return absence


def _record(
    student: User,
    school_class: SchoolClass,
    date: datetime.date,
    session: str,
    by: User,
    *,
    excused: bool,
    reason: str,
) -> tuple[AbsenceSession, bool]:
    """The absence as it stands now, and whether it is new: then it is still to be counted in the pupil's results."""
    _check(school_class, student, date)
    reason = " ".join(reason.split())[:200]
    absence, created = AbsenceSession.objects.get_or_create(
        student=student,
        date=date,
        session=session,
        defaults={"school_class": school_class, "excused": excused, "reason": reason, "by": by},
    )
    excuse_changed = absence.excused != excused
    if not created and (excuse_changed or absence.reason != reason):
        absence.excused, absence.reason, absence.by, absence.at = excused, reason, by, timezone.now()
        absence.save()
    if created or excuse_changed:
        transaction.on_commit(
            partial(absence_recorded.send, sender=AbsenceSession, absence=absence, created=created, by=by)
        )
    return absence, created


@transaction.atomic
def absence_clear(*, student: User, date: datetime.date, session: str) -> bool:
    """The pupil was there after all: remove the absence. Says whether there was one."""
    absence = AbsenceSession.objects.filter(student=student, date=date, session=session).first()
    if absence is None:
        return False
    absence.delete()
    absences_recount(absence.school_class, [student.pk])
    return True


@transaction.atomic
def attendance_save(
    *,
    school_class: SchoolClass,
    date: datetime.date,
    session: str,
    absent: Mapping[int, tuple[bool, str]],
    by: User,
) -> int:
    """Keep a session's attendance: ``absent`` is pupil id → (excused, reason), everybody else was there.

    Returns the number of absent pupils. Ids of people outside the class are refused with AttendanceError.
    """
    students = {student.pk: student for student in class_students(school_class, day=date)}
    if not set(absent) <= set(students):
        raise AttendanceError(_("Somebody in the list is not in the class."))
    there = AbsenceSession.objects.filter(school_class=school_class, date=date, session=session).exclude(
        student__in=absent
    )
    changed = set(there.values_list("student", flat=True))
    there.delete()
    for pk, (excused, reason) in absent.items():
        _absence, created = _record(students[pk], school_class, date, session, by, excused=excused, reason=reason)
        changed |= {pk} if created else set()
    absences_recount(school_class, changed)
    return len(absent)


def remark_write(
    *, student: User, school_class: SchoolClass, by: User, text: str, subject: Subject | None = None
) -> Remark:
    """Write a remark that the pupil and the parents read. Raises AttendanceError when it is empty or too long."""
    text = "\n".join(" ".join(line.split()) for line in text.strip().splitlines()).strip()
    if not text:
        raise AttendanceError(_("Write the remark first."))
    if len(text) > 1000:
        raise AttendanceError(_("At most 1000 characters."))
    _check(school_class, student, timezone.localdate())
    return Remark.objects.create(student=student, school_class=school_class, subject=subject, author=by, text=text)
