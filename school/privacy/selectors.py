"""Reads of personal data: whose, which consents stand, who has to answer, what is old enough to go."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Q
from django.utils import timezone

from school.dated import current_q
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Node, School
from school.personal import KINDS, Kind, Part, parts
from school.policy import Actor, Role, visible

from .models import Consent, DataRequest, Purpose, RetentionRule, RetentionRun

# The law asks the child, too, from this age on (Law 91/2025/QH15, Article 24); an adult speaks alone.
OWN_WORD_FROM, ADULT_FROM = 7, 18


def subjects_of(user: User) -> list[User]:
    """Whose data the person may ask about: their own, also after they left, and their children's."""
    others: Any = visible(user, User, "own_data").exclude(pk=user.pk)
    return [user, *others.by_name()]


def age(birth_date: datetime.date | None, day: datetime.date) -> int | None:
    """Full years on a day; None when the birth date is unknown."""
    if birth_date is None:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def consents_valid(children: Iterable[User], purpose: str) -> set[int]:
    """The children (their ids) for whom all whom the law asks have said yes to the purpose and nobody has taken it back.

    A child of seven or more and a guardian; a smaller child's guardian; an adult alone. An unknown birth date asks both. One
    guardian's withdrawal outweighs another's yes. Two queries, however many children.
    """
    people = {child.pk: child for child in children}
    guardians: dict[int, set[int]] = defaultdict(set)
    today = timezone.localdate()
    rows = Guardianship.objects.filter(current_q(day=today), student__in=people)
    for child_id, guardian_id in rows.values_list("student_id", "guardian_id"):
        guardians[child_id].add(guardian_id)
    latest: dict[tuple[int, int], bool] = {}
    words = Consent.objects.filter(child__in=people, purpose=purpose).order_by("given_at", "pk")
    for child_id, by_id, withdrawn in words.values_list("child_id", "by_id", "withdrawn_at"):
        latest[child_id, by_id] = withdrawn is None
    found = set()
    for child_id, child in people.items():
        years = age(child.birth_date, today)
        own = latest.get((child_id, child_id), False)
        family = [latest[child_id, guardian] for guardian in guardians[child_id] if (child_id, guardian) in latest]
        if years is not None and years >= ADULT_FROM:
            valid = own
        else:
            valid = bool(family) and all(family) and (own or (years is not None and years < OWN_WORD_FROM))
        if valid:
            found.add(child_id)
    return found


def consent_valid(child: User, purpose: str) -> bool:
    """The one question before a child's picture, film or name is shown in public; a yes holds only at the moment it is asked."""
    return child.pk in consents_valid([child], purpose)


@dataclass(frozen=True)
class Said:
    """What one person has said to one purpose for one child."""

    purpose: Purpose
    given: Consent | None
    valid: bool


def may_say(user: User, subject: User) -> bool:
    """Whether consents concern the person: a pupil about themself, a guardian about their child."""
    return subject.pk != user.pk or Role.STUDENT in Actor.of(user).roles


def said_by(user: User, child: User) -> list[Said]:
    """Every purpose with the person's own word and whether all needed words stand."""
    mine = {row.purpose: row for row in Consent.objects.filter(child=child, by=user, withdrawn_at__isnull=True)}
    return [Said(purpose, mine.get(purpose.value), consent_valid(child, purpose.value)) for purpose in Purpose]


@dataclass(frozen=True)
class Missing:
    """A pupil on the editors' list, with the purposes that are not allowed."""

    student: User
    class_name: str
    missing: list[str]


def without_consent(school: School) -> list[Missing]:
    """The pupils of a school with at least one purpose not allowed, class by class; a fixed number of queries."""
    rows = (
        Enrolment.objects.filter(current_q(), school=school)
        .select_related("student", "school_class")
        .order_by("school_class__grade", "school_class__name", "student__sort_key")
    )
    pupils = {row.student: row.school_class.name for row in rows}
    valid = {purpose: consents_valid(pupils, purpose.value) for purpose in Purpose}
    found = []
    for student, class_name in pupils.items():
        missing = [str(purpose.label) for purpose in Purpose if student.pk not in valid[purpose]]
        if missing:
            found.append(Missing(student, class_name, missing))
    return found


def answering_node(person: User) -> Node:
    """The place that answers for a person: a school of theirs today or last, else the office at the top.

    Raises Node.DoesNotExist in a district without any place.
    """
    actor = Actor.of(person)
    ids = sorted(actor.school_ids)
    if not ids:
        last = Enrolment.objects.filter(Q(student=person) | Q(student__guarded_by__guardian=person)).order_by("-starts")
        ids = list(last.values_list("school_id", flat=True)[:1])
    school = School.objects.select_related("node").filter(pk__in=ids).order_by("pk").first()
    if school is not None:
        return school.node
    top: Node | None = Node.objects.filter(school__isnull=True).order_by("path").first()
    if top is None:
        raise Node.DoesNotExist("There is no place to answer.")
    return top


def wishes_about(person: User) -> Any:
    """The newest requests about a person, whoever of the family sent them."""
    return DataRequest.objects.filter(person=person).select_related("node").order_by("-created")[:20]


def newest_report() -> RetentionRun | None:
    """The report the office has to decide on, or the last one decided."""
    run: RetentionRun | None = RetentionRun.objects.first()
    return run


def to_answer(user: User) -> Any:
    """The requests the person may answer, the most urgent first; never their own."""
    rows: Any = visible(user, DataRequest, "answer").select_related("person", "asked_by", "node")
    return rows.exclude(person=user).exclude(asked_by=user)


def erasable_titles() -> list[str]:
    """What a granted deletion takes away, in words."""
    return [str(part.title) for part in parts() if part.erasable]


def rows_of(part: Part, person: User) -> Any:
    """The rows of a part that are about the person."""
    found = apps.get_model(part.model)._base_manager.filter(**{part.path: person.pk})
    return found.filter(part.only) if part.only is not None else found


@dataclass(frozen=True)
class Line:
    """A kind of record in the office's table."""

    kind: Kind
    years: int | None
    basis: str
    countable: bool


def retention_table() -> list[Line]:
    """Every kind of record with the office's rule; kinds that are never deleted say why."""
    rules = {rule.kind: rule for rule in RetentionRule.objects.all()}
    dated = {part.kind.code for part in parts() if part.dated}
    return [
        Line(
            kind,
            rules[kind.code].years if kind.code in rules else None,
            rules[kind.code].basis if kind.code in rules else "",
            kind.code in dated and not kind.fixed,
        )
        for kind in KINDS
    ]


def years_before(day: datetime.date, years: int) -> datetime.date:
    """The same day so many years earlier; the 29th of February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def old_rows(day: datetime.date) -> list[tuple[Part, Any]]:
    """For every part with a rule the rows older than it on ``day``; each model's rows once."""
    rules = {line.kind.code: line.years for line in retention_table() if line.countable}
    found, seen = [], set()
    for part in parts():
        years = rules.get(part.kind.code)
        if years is None or not part.dated or part.model in seen:
            continue
        seen.add(part.model)
        model = apps.get_model(part.model)
        before: Any = years_before(day, years)
        if isinstance(model._meta.get_field(part.dated), DateTimeField):
            before = timezone.make_aware(datetime.datetime.combine(before, datetime.time.min))
        rows = model._base_manager.filter(**{f"{part.dated}__lt": before})
        found.append((part, rows))
    return found
