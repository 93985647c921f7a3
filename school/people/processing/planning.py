"""What an action on several people would do to each of them, or why not: asked for the preview and again when it is done."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Membership, School, SchoolClass
from school.people.models import BulkAction, Merge
from school.policy import Role, visible
from school.row_security import unfenced

Verb = BulkAction.Verb
# Posts that go along to another school; a head is appointed there anew.
CARRIED = (Role.TEACHER, Role.LIBRARIAN, Role.EMPLOYEE)


@dataclass
class Line:
    """One person of an action: what becomes of them, or why nothing does."""

    person: User
    then: str = ""
    refusal: str = ""


@dataclass
class Aim:
    """The options of an action as rows, checked against the rights of whoever asks."""

    day: datetime.date
    school: School | None = None
    school_class: SchoolClass | None = None
    target: School | None = None
    status: str = ""

    @property
    def day_text(self) -> str:
        return date_format(self.day, "SHORT_DATE_FORMAT")

    def the_class(self) -> SchoolClass:
        """The class. Raises ValidationError when none was chosen."""
        if self.school_class is None:
            raise ValidationError(_("Choose the class."))
        return self.school_class

    def the_school(self) -> School:
        """The school. Raises ValidationError when none was chosen."""
        if self.school is None:
            raise ValidationError(_("Choose the school."))
        return self.school


def aim_of(action: BulkAction) -> Aim:
    """Read the options. Raises ValidationError when something chosen is not (any more) the person's to choose."""
    given, by = action.options, action.by
    right = "transfer" if action.verb in {Verb.TRANSFER, Verb.STAFF_TRANSFER} else "manage"
    aim = Aim(
        datetime.date.fromisoformat(given["day"]) if given.get("day") else today(), status=given.get("status", "")
    )
    schools = visible(by, School, right)
    if given.get("class"):
        aim.school_class = (
            SchoolClass.objects.filter(pk=given["class"], school__in=schools.values("pk"))
            .select_related("school")
            .first()
        )
        if aim.school_class is None:
            raise ValidationError(_("This class is not yours to fill."))
    for key in ("school", "target"):
        if given.get(key):
            found = schools.filter(pk=given[key]).first()
            if found is None:
                raise ValidationError(_("This school is not yours to decide on."))
            setattr(aim, key, found)
    return aim


def plan(action: BulkAction) -> list[Line]:
    """Every person of the action in the order of names. Raises ValidationError when the options do not hold."""
    people = list(User.objects.filter(pk__in=action.people).by_name())
    return _PLANS[action.verb](action, people, aim_of(action))


def _managed(action: BulkAction, people: list[User]) -> set[int]:
    return set(
        visible(action.by, User, "manage").filter(pk__in=[one.pk for one in people]).values_list("pk", flat=True)
    )


def _lines(action: BulkAction, people: list[User], judge: Callable[[User], tuple[str, str]]) -> list[Line]:
    """Lines by a judge that gives (what, why not); whom the person may not manage is refused before it is asked."""
    managed = _managed(action, people)
    lines = []
    for one in people:
        if one.pk not in managed:
            lines.append(Line(one, refusal=_("This account is not yours to change.")))
            continue
        then, refusal = judge(one)
        lines.append(Line(one, "" if refusal else then, refusal))
    return lines


def _close(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    def judge(one: User) -> tuple[str, str]:
        if one.pk == action.by_id:
            return "", _("You cannot close your own account.")
        return _("Account closed, signed out everywhere"), "" if one.is_active else _("The account is closed already.")

    return _lines(action, people, judge)


def _reopen(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    merged = set(Merge.objects.filter(closed__in=people).values_list("closed_id", flat=True))

    def judge(one: User) -> tuple[str, str]:
        if one.pk in merged:
            return "", _("The account was merged into another.")
        return _("Account open again"), _("The account is open already.") if one.is_active else ""

    return _lines(action, people, judge)


def _slips(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    def judge(one: User) -> tuple[str, str]:
        if not one.is_active:
            return "", _("The account is closed.")
        if one.last_login is not None:
            return "", _("Has a password of their own; give a new one on the person's page.")
        return _("New first password on a slip"), ""

    return _lines(action, people, judge)


def _enrolments(people: list[User], day: datetime.date, **condition: Any) -> dict[int, list[Enrolment]]:
    """The enrolments that hold on the day or begin later, by pupil."""
    rows = Enrolment.objects.filter(Q(ends__isnull=True) | Q(ends__gte=day), student__in=people, **condition)
    found: dict[int, list[Enrolment]] = {}
    for row in rows.select_related("school_class", "school"):
        found.setdefault(row.student_id, []).append(row)
    return found


def _names(rows: list[Enrolment]) -> str:
    return ", ".join(row.school_class.name for row in rows)


def _place(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    new = aim.the_class()
    known = _enrolments(people, aim.day, school=new.school_id)

    def judge(one: User) -> tuple[str, str]:
        rows = known.get(one.pk, [])
        if not rows:
            return "", _("Is no student of %(school)s on that day.") % {"school": new.school}
        if any(row.school_class_id == new.pk for row in rows):
            return "", _("Is in class %(name)s already.") % {"name": new.name}
        return f"{_names(rows)} → {new.name} ({aim.day_text})", ""

    return _lines(action, people, judge)


def _leave(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    school = aim.the_school()
    known = _enrolments(people, aim.day + datetime.timedelta(days=1), school=school)

    def judge(one: User) -> tuple[str, str]:
        rows = [row for row in known.get(one.pk, []) if row.starts <= aim.day]
        if not rows:
            return "", _("Is no student of %(school)s on that day.") % {"school": school}
        label = Enrolment.Status(aim.status).label
        return _("%(status)s; last day in %(classes)s: %(day)s") % {
            "status": label,
            "classes": _names(rows),
            "day": aim.day_text,
        }, ""

    return _lines(action, people, judge)


def _return(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    new = aim.the_class()
    # Also at a school that whoever asks cannot reach: nobody is enrolled twice.
    with unfenced():
        anywhere = _enrolments(people, aim.day)
    former = set(Enrolment.objects.filter(student__in=people, school=new.school_id).values_list("student", flat=True))
    lines = []
    for one in people:
        if one.pk not in former:
            lines.append(Line(one, refusal=_("Has never been a student of %(school)s.") % {"school": new.school}))
        elif anywhere.get(one.pk):
            lines.append(Line(one, refusal=_("Is enrolled at a school; ask for a transfer.")))
        else:
            lines.append(Line(one, _("Back in class %(name)s from %(day)s") % {"name": new.name, "day": aim.day_text}))
    return lines


def _transfer(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    new = aim.the_class()
    known = _enrolments(people, aim.day)

    def judge(one: User) -> tuple[str, str]:
        rows = known.get(one.pk, [])
        if not rows:
            return "", _("Is no student of any school on that day.")
        if all(row.school_id == new.school_id for row in rows):
            return "", _("Is at this school already; move between classes instead.")
        old = ", ".join(f"{row.school_class.name} {row.school}" for row in rows if row.school_id != new.school_id)
        return f"{old} → {new.name} {new.school} ({aim.day_text})", ""

    return _lines(action, people, judge)


def _posts(people: list[User], school: School, day: datetime.date) -> dict[int, list[Membership]]:
    rows = Membership.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day, user__in=people, node=school.node_id
    )
    found: dict[int, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(row)
    return found


def _posts_end(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    school = aim.the_school()
    known = _posts(people, school, aim.day)
    allowed = set(visible(action.by, Membership, "grant").filter(node=school.node_id).values_list("pk", flat=True))

    def judge(one: User) -> tuple[str, str]:
        rows = [row for row in known.get(one.pk, []) if row.ends is None or row.ends > aim.day]
        if not rows:
            return "", _("Holds no post at %(school)s after that day.") % {"school": school}
        if any(row.pk not in allowed for row in rows):
            return "", _("Holds a post that is not yours to end.")
        names = ", ".join(str(row.get_role_display()) for row in rows)
        return _("%(posts)s, teaching and homeroom end; last day %(day)s") % {"posts": names, "day": aim.day_text}, ""

    return _lines(action, people, judge)


def _staff_transfer(action: BulkAction, people: list[User], aim: Aim) -> list[Line]:
    school, target = aim.the_school(), aim.target
    if target is None or target == school:
        raise ValidationError(_("Choose the other school."))
    known = _posts(people, school, aim.day)

    def judge(one: User) -> tuple[str, str]:
        rows = known.get(one.pk, [])
        if not rows:
            return "", _("Holds no post at %(school)s on that day.") % {"school": school}
        if one.pk == action.by_id or any(row.role not in CARRIED for row in rows):
            return "", _("Heads are appointed at the new school one by one.")
        names = ", ".join(str(row.get_role_display()) for row in rows)
        return f"{names}: {school} → {target} ({aim.day_text})", ""

    return _lines(action, people, judge)


_PLANS: dict[str, Callable[[BulkAction, list[User], Aim], list[Line]]] = {
    Verb.CLOSE: _close,
    Verb.REOPEN: _reopen,
    Verb.SLIPS: _slips,
    Verb.PLACE: _place,
    Verb.LEAVE: _leave,
    Verb.RETURN: _return,
    Verb.TRANSFER: _transfer,
    Verb.POSTS_END: _posts_end,
    Verb.STAFF_TRANSFER: _staff_transfer,
}
