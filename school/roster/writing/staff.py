"""A list of staff into people and memberships; teaching assignments into dated relations."""

from school.dated import today
from school.organisation.models import (
    HomeroomAssignment,
    Membership,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    TeachingAssignment,
)
from school.roles import Role
from school.roster.processing.checks import roles_of, subject_of
from school.roster.processing.lists import Row
from school.roster.writing.known import POSITIONS, chunks, subjects_by_words
from school.roster.writing.people import (
    Changes,
    Counts,
    Done,
    by_code,
    fields_of,
    last_day,
    new_person,
    nobody_asks,
)

# The list decides on these; a school administrator may be appointed beside their position, and is not dismissed by a list.
_DECIDED = {Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.LIBRARIAN, Role.TEACHER, Role.EMPLOYEE}


def staff_write(*, school: School, year: SchoolYear, rows: list[Row], done: Done = nobody_asks) -> Counts:
    """Write the rows of a checked list of staff; the caller holds the transaction."""
    counts, changes = Counts(), Changes()
    known = by_code(row.get("staff_code") for row in rows)
    current: dict[int, list[Membership]] = {}
    for chunk in chunks([user.pk for user in known.values()]):
        for one in Membership.objects.current().filter(user__in=chunk, node=school.node_id):
            current.setdefault(one.user_id, []).append(one)
    made: list[Membership] = []
    ended: list[Membership] = []
    for row in rows:
        code = row.get("staff_code")
        user = known.get(code)
        is_new = user is None
        if user is None:
            user = changes.made[code] = new_person(code, **fields_of(row))
            differs = False
        else:
            differs = changes.change(user, fields_of(row))
        held = current.get(user.pk, []) if user.pk else []
        roles = roles_of(row.get("position"), POSITIONS)
        missing = roles - {one.role for one in held}
        over = [one for one in held if one.role in _DECIDED and one.role not in roles]
        for role in sorted(missing):
            starts = today() if held else min(year.starts, today())
            made.append(Membership(user=user, role=role, node_id=school.node_id, starts=starts))
        for one in over:
            one.ends = last_day(one.starts)
            ended.append(one)
        counts.new += is_new
        counts.changed += not is_new and bool(differs or missing or over)
        counts.same += not (is_new or differs or missing or over)
    changes.write(lambda part: done(int(part * len(rows))))
    Membership.objects.bulk_update(ended, ["ends"], batch_size=300)
    Membership.objects.bulk_create(made, batch_size=500)
    return counts


def teaching_write(*, school: School, year: SchoolYear, rows: list[Row], done: Done = nobody_asks) -> Counts:
    """Write the rows of checked teaching assignments; who is no longer named for a class's subject ends yesterday."""
    counts = Counts()
    classes = {one.name: one for one in SchoolClass.objects.filter(school=school, year=year)}
    subjects = {one.code: one for one in Subject.objects.all()}
    words = subjects_by_words()
    people = by_code({row.get(key) for row in rows for key in ("staff_code", "homeroom_code")} - {""})
    wanted = {
        (
            people[row.get("staff_code")].pk,
            classes[row.get("class_name")].pk,
            subjects[subject_of(row.get("subject"), words)].pk,
        )
        for row in rows
    }
    homerooms = {
        classes[row.get("class_name")].pk: people[row.get("homeroom_code")].pk
        for row in rows
        if row.get("homeroom_code")
    }
    concerned = {(class_id, subject_id) for _, class_id, subject_id in wanted}
    running = TeachingAssignment.objects.filter(school=school, school_class__year=year, ends__isnull=True)
    held = {(one.teacher_id, one.school_class_id, one.subject_id): one for one in running}
    before = {(one.school_class_id, one.subject_id) for one in held.values()}
    over = [one for key, one in held.items() if key not in wanted and key[1:] in concerned]
    for one in over:
        one.ends = last_day(one.starts)
    TeachingAssignment.objects.bulk_update(over, ["ends"], batch_size=300)
    new = sorted(wanted - set(held))
    TeachingAssignment.objects.bulk_create(
        [
            TeachingAssignment(
                teacher_id=teacher,
                school_class_id=class_id,
                subject_id=subject_id,
                school=school,
                starts=max(year.starts, today()) if (class_id, subject_id) in before else year.starts,
            )
            for teacher, class_id, subject_id in new
        ],
        batch_size=500,
    )
    changed = _homerooms_write(school, year, homerooms)
    replaced = sum(key[1:] in before for key in new)
    counts.new = len(new) - replaced
    counts.changed = replaced + changed
    counts.ended = max(len(over) - replaced, 0)
    counts.same = max(len(rows) - len(new) - changed, 0)
    done(len(rows))
    return counts


def _homerooms_write(school: School, year: SchoolYear, wanted: dict[int, int]) -> int:
    """Set the homeroom teachers of classes; how many changed."""
    running = HomeroomAssignment.objects.filter(school=school, school_class__year=year, ends__isnull=True)
    held = {one.school_class_id: one for one in running}
    new = {
        class_id: teacher
        for class_id, teacher in wanted.items()
        if getattr(held.get(class_id), "teacher_id", None) != teacher
    }
    over = [held[class_id] for class_id in new if class_id in held]
    for one in over:
        one.ends = last_day(one.starts)
    HomeroomAssignment.objects.bulk_update(over, ["ends"], batch_size=300)
    HomeroomAssignment.objects.bulk_create(
        [
            HomeroomAssignment(
                teacher_id=teacher,
                school_class_id=class_id,
                school=school,
                starts=max(year.starts, today()) if class_id in held else year.starts,
            )
            for class_id, teacher in new.items()
        ],
        batch_size=500,
    )
    return len(new)
