"""How a tool sees people: by a pseudonym of its own, a role in the course, and no more of them than it was allowed."""

from typing import Any

from lms.lti import names
from lms.lti.models import Pseudonym, Tool
from lms.models import Course
from lms.selectors import students_of
from school.identity.models import User
from school.oidc.claims import profile_of
from school.organisation.models import TeachingAssignment
from school.policy import Actor, Role, can

PROFILE = ("name", "given_name", "family_name")
HEADS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)


def pseudonym(tool: Tool, user: User) -> Pseudonym:
    """By what the tool knows the person, from now on."""
    found: Pseudonym
    found, _made = Pseudonym.objects.get_or_create(tool=tool, user=user)
    return found


def pseudonyms(tool: Tool, users: list[User]) -> dict[int, str]:
    """The same for many: {person's id: sub}; three queries at most."""
    known = dict(Pseudonym.objects.filter(tool=tool, user__in=users).values_list("user", "sub"))
    if missing := [user for user in users if user.pk not in known]:
        Pseudonym.objects.bulk_create([Pseudonym(tool=tool, user=user) for user in missing], ignore_conflicts=True)
        known = dict(Pseudonym.objects.filter(tool=tool, user__in=users).values_list("user", "sub"))
    return {pk: str(sub) for pk, sub in known.items()}


def told(tool: Tool, user: User) -> dict[str, Any]:
    """What the tool learns of the person besides the pseudonym: name and address only as far as its registration says."""
    found: dict[str, Any] = {}
    if tool.tells_name:
        found |= {key: value for key, value in profile_of(user).items() if key in PROFILE}
    if tool.tells_email and user.email:
        found["email"] = user.email
    return found


def roles_in(user: User, course: Course) -> list[str]:
    """The person's roles in the course, in LTI's words."""
    if can(user, "change", course):
        return [names.INSTRUCTOR, names.FACULTY]
    actor = Actor.of(user)
    if course.school_id in actor.schools(*HEADS):
        return [names.MANAGER, names.ADMINISTRATOR]
    if course.school_id in actor.schools(Role.STUDENT):
        return [names.LEARNER, names.STUDENT]
    return [names.MEMBER, names.STAFF]


def teachers_of(course: Course) -> set[User]:
    """Who teaches the course today: the class's subject, or those whom a course for the whole school names."""
    if course.school_class_id is None:
        return set(course.teachers.all())
    rows = TeachingAssignment.objects.current().filter(school_class=course.school_class_id, subject=course.subject_id)
    return {row.teacher for row in rows.select_related("teacher")}


def members_of(tool: Tool, course: Course, *, role: str = "", students: bool = True) -> list[dict[str, Any]]:
    """The course's people for NRPS, teachers first, each in a fixed order; ``role`` is a full URI or a core role's short name."""
    wanted = role if role.startswith("http") or not role else names.MEMBERSHIP + role
    people: list[tuple[User, str]] = []
    if wanted in ("", names.INSTRUCTOR):
        people += [(user, names.INSTRUCTOR) for user in sorted(teachers_of(course), key=_order)]
    if students and wanted in ("", names.LEARNER):
        people += [(user, names.LEARNER) for user in sorted(students_of(course), key=_order)]
    subs = pseudonyms(tool, [user for user, _role in people])
    return [
        {"status": "Active", "user_id": subs[user.pk], "roles": [role_uri], **told(tool, user)}
        for user, role_uri in people
    ]


def _order(user: User) -> tuple[str, str]:
    return user.sort_key, user.code
