"""Who may do what with courses, lessons and progress: relations of the person to the class, the subject, the school."""

from django.db.models import Q, QuerySet

from lms.h5p import policies as h5p_policies
from lms.models import CourseState, Lesson, LessonMaterial
from media import policies as media_policies
from school.identity.models import User
from school.policy import (
    Actor,
    Relation,
    Role,
    any_of,
    child,
    child_enrolled,
    declare,
    enrolled,
    homeroom,
    own,
    own_school,
    teaches,
    visible,
)

READABLE = [CourseState.OPEN, CourseState.ARCHIVED]


def _where(relation: Relation, **conditions: object) -> Relation:
    """The relation, and the row itself in a certain state."""

    def relation_where(actor: Actor) -> Q:
        return relation(actor) & Q(**conditions)

    return relation_where


def _course_teacher(prefix: str = "") -> Relation:
    """Teaches the class's subject today; a course for the whole school belongs to the teachers it names."""

    def school_wide(actor: Actor) -> Q:
        return Q(
            **{
                f"{prefix}school_class__isnull": True,
                f"{prefix}teachers": actor.user,
                f"{prefix}school_id__in": actor.schools(Role.TEACHER),
            }
        )

    return any_of(teaches(f"{prefix}school_class", f"{prefix}subject"), school_wide)


def _course_student(prefix: str = "") -> Relation:
    """Is enrolled in the class; a course without a class is for every student of the school."""

    def school_wide(actor: Actor) -> Q:
        return Q(**{f"{prefix}school_class__isnull": True, f"{prefix}school_id__in": actor.schools(Role.STUDENT)})

    return _where(any_of(enrolled(f"{prefix}school_class"), school_wide), **{f"{prefix}state__in": READABLE})


def _school(path: str) -> dict[Role, Relation]:
    return {role: own_school(path, role) for role in (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)}


declare(
    "lms.Course",
    "view",
    {
        **_school("school"),
        Role.TEACHER: _course_teacher(),
        Role.HOMEROOM: homeroom("school_class"),
        Role.STUDENT: _course_student(),
        Role.PARENT: _where(child_enrolled("school_class"), state__in=READABLE),
    },
)
declare("lms.Course", "change", {Role.TEACHER: _course_teacher()})
# Who has studied what is pupils' data: those who teach and lead them, not the technical administrator.
declare(
    "lms.Course",
    "report",
    {
        Role.PRINCIPAL: own_school("school", Role.PRINCIPAL),
        Role.VICE_PRINCIPAL: own_school("school", Role.VICE_PRINCIPAL),
        Role.TEACHER: _course_teacher(),
        Role.HOMEROOM: homeroom("school_class"),
    },
)
declare(
    "lms.Lesson",
    "view",
    {
        **{role: _where(relation, live=True) for role, relation in _school("school").items()},
        Role.TEACHER: _course_teacher("course__"),
        Role.HOMEROOM: _where(homeroom("course__school_class"), live=True),
        Role.STUDENT: _where(_course_student("course__"), live=True),
    },
)
declare(
    "lms.Lesson",
    "change",
    {Role.TEACHER: _where(_course_teacher("course__"), course__state__in=[CourseState.DRAFT, CourseState.OPEN])},
)
# To study is to leave progress; whoever else reads a lesson leaves none.
declare("lms.Lesson", "study", {Role.STUDENT: _where(_course_student("course__"), live=True)})
# A parent sees titles and how far the child is, not the lesson itself.
declare(
    "lms.Lesson",
    "title",
    {Role.PARENT: _where(child_enrolled("course__school_class"), live=True, course__state__in=READABLE)},
)
for model in ("lms.LessonProgress", "lms.WatchProgress"):
    declare(
        model,
        "view",
        {
            Role.STUDENT: own("student"),
            Role.PARENT: child("student"),
            Role.TEACHER: _course_teacher("lesson__course__"),
            Role.HOMEROOM: homeroom("lesson__course__school_class"),
            Role.PRINCIPAL: own_school("school", Role.PRINCIPAL),
            Role.VICE_PRINCIPAL: own_school("school", Role.VICE_PRINCIPAL),
        },
    )


def _materials(user: User) -> QuerySet[LessonMaterial]:
    """What a person may see because a lesson holds it: the published body's readers, the draft's teachers."""
    return LessonMaterial.objects.filter(
        Q(live=True, lesson__in=visible(user, Lesson)) | Q(lesson__in=visible(user, Lesson, "change"))
    )


@media_policies.grant
def lesson_assets(user: User) -> Q:
    """The videos, pictures and files of the lessons a person may read."""
    return Q(pk__in=_materials(user).filter(asset__isnull=False).values("asset"))


@h5p_policies.grant
def lesson_contents(user: User) -> Q:
    """The H5P contents of the lessons a person may read."""
    return Q(pk__in=_materials(user).filter(content__isnull=False).values("content"))
