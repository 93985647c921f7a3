"""The words and the addressees of what goes out by itself."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gradebook.models import AbsenceSession, Correction, MarkReview, MarkSheet
from parentportal.models import Delivery
from school.identity.models import User
from school.organisation.models import Guardianship, SchoolClass
from school.phones import can_receive_sms
from school.sms import sms_parts, sms_plain


def addressees(students: Iterable[int]) -> dict[int, list[tuple[User, str, str]]]:
    """For each pupil (guardian, channel, address): the first contact, else every guardian who can be reached; one query.

    A mobile number is preferred to an e-mail address; each number or address once for a pupil.
    """
    by_student: dict[int, list[Guardianship]] = defaultdict(list)
    links = Guardianship.objects.current().filter(student__in=list(students), guardian__is_active=True)
    for link in links.select_related("guardian").order_by("-is_primary", "pk"):
        by_student[link.student_id].append(link)
    found: dict[int, list[tuple[User, str, str]]] = {}
    for student, guardianships in by_student.items():
        reached: dict[str, tuple[User, str, str]] = {}
        for link in guardianships:
            guardian = link.guardian
            if can_receive_sms(guardian.phone):
                reached.setdefault(guardian.phone, (guardian, Delivery.Channel.SMS, guardian.phone))
            elif guardian.email:
                reached.setdefault(guardian.email, (guardian, Delivery.Channel.EMAIL, guardian.email))
            if link.is_primary and reached:
                break
        found[student] = list(reached.values())
    return found


def _delivery(
    *, key: str, kind: str, school_class: SchoolClass, student: User, to: tuple[User, str, str], subject: str, text: str
) -> Delivery:
    guardian, channel, address = to
    if channel == Delivery.Channel.SMS:
        text = sms_plain(text)  # one accented letter would halve what fits into a part (grading.md 5.4)
    return Delivery(
        school_id=school_class.school_id,
        student=student,
        recipient=guardian,
        kind=kind,
        channel=channel,
        to=address,
        subject=subject[:200],
        text=text,
        parts=sms_parts(text).parts if channel == Delivery.Channel.SMS else 1,
        key=f"{key}:{address}"[:200],
    )


def absence_deliveries(absence: AbsenceSession) -> list[Delivery]:
    """The message about one absence. Its key is the pupil, day and session: cleared and entered again is the same event."""
    key = f"absence:{absence.student_id}:{absence.date:%Y%m%d}:{absence.session}"
    made = []
    for to in addressees([absence.student_id]).get(absence.student_id, []):
        with translation.override(to[0].language):
            text = _(
                "%(name)s of class %(class)s is absent without leave, %(session)s of %(day)s. The school kindly informs you."
            )
            said = {
                "name": absence.student.full_name,
                "class": absence.school_class.name,
                "session": str(absence.get_session_display()).lower(),
                "day": date_format(absence.date, "SHORT_DATE_FORMAT"),
            }
            made.append(
                _delivery(
                    key=key,
                    kind=Delivery.Kind.ABSENCE,
                    school_class=absence.school_class,
                    student=absence.student,
                    to=to,
                    subject=_("Absence"),
                    text=text % said,
                )
            )
    return made


def marks_deliveries(sheet: MarkSheet, students: list[int]) -> list[Delivery]:
    """That there are new marks in a subject; the marks themselves stay behind the sign-in. Four queries for a class."""
    moment = f"{sheet.published_at:%Y%m%d%H%M%S%f}" if sheet.published_at else "0"
    return _about_marks(
        sheet,
        students,
        key=f"marks:{sheet.pk}:{moment}",
        subject=gettext_noop("New marks"),
        text=gettext_noop("%(name)s of class %(class)s has new marks in %(subject)s. Please see the contact book."),
    )


def _about_marks(sheet: MarkSheet, students: Iterable[int], *, key: str, subject: str, text: str) -> list[Delivery]:
    """One message for each addressee of each pupil about a subject's marks; ``subject`` and ``text`` are untranslated."""
    wanted = sorted(set(students))
    people = User.objects.in_bulk(wanted)
    reached = addressees(wanted)
    made = []
    for student in wanted:
        for to in reached.get(student, []):
            with translation.override(to[0].language):
                said = {
                    "name": people[student].full_name,
                    "class": sheet.school_class.name,
                    "subject": sheet.subject.name,
                }
                made.append(
                    _delivery(
                        key=f"{key}:{student}",
                        kind=Delivery.Kind.MARKS,
                        school_class=sheet.school_class,
                        student=people[student],
                        to=to,
                        subject=_(subject),
                        text=_(text) % said,
                    )
                )
    return made


def correction_deliveries(correction: Correction, students: Iterable[int]) -> list[Delivery]:
    """That a mark which the family had read was corrected; which one stands in the contact book, behind the sign-in."""
    return _about_marks(
        correction.sheet,
        students,
        key=f"correction:{correction.pk}",
        subject=gettext_noop("Mark corrected"),
        text=gettext_noop(
            "A mark of %(name)s, class %(class)s, in %(subject)s was corrected. Please see the contact book."
        ),
    )


def review_deliveries(review: MarkReview) -> list[Delivery]:
    """That a teacher has answered a family's request to look at a mark again."""
    return _about_marks(
        review.column.sheet,
        [review.student_id],
        key=f"review:{review.pk}",
        subject=gettext_noop("Answer about a mark"),
        text=gettext_noop(
            "The teacher has answered your request about the mark of %(name)s, class %(class)s, in %(subject)s. "
            "Please see the contact book."
        ),
    )
