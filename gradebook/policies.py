"""Who may read, enter, publish and lock marks, take attendance and write remarks (grading.md's table of rights).

Appointed roles without a line here hold no right over marks: neither the school's administrator nor the librarian, and
an office reads counts (selectors), never a pupil's marks. Families read what was published, of their own child only.
"""

from django.db.models import Q

from school.policy import Actor, Relation, Role, any_of, child, declare, homeroom, own, own_school, teaches
from school.row_security import through

LEADERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL)


def published(relation: Relation) -> Relation:
    """The relation, limited to rows that were published."""

    def condition(actor: Actor) -> Q:
        return relation(actor) & Q(published_at__isnull=False)

    return condition


declare(
    "gradebook.MarkSheet",
    "view",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom("school_class"),
        Role.TEACHER: teaches("school_class", "subject"),
    },
)
declare("gradebook.MarkSheet", "edit", {Role.TEACHER: teaches("school_class", "subject")})
declare("gradebook.MarkSheet", "lock", {Role.PRINCIPAL: own_school("school", Role.PRINCIPAL)})
for model, sheet in (("gradebook.Mark", "column__sheet"), ("gradebook.TermResult", "sheet")):
    declare(
        model,
        "view",
        {
            **{role: own_school("school", role) for role in LEADERS},
            Role.HOMEROOM: homeroom(f"{sheet}__school_class"),
            Role.TEACHER: teaches(f"{sheet}__school_class", f"{sheet}__subject"),
            Role.STUDENT: published(own("student")),
            Role.PARENT: published(child("student")),
        },
    )
declare(
    "gradebook.MarkLog",
    "view",
    {
        **{role: own_school("sheet__school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom("sheet__school_class"),
        Role.TEACHER: teaches("sheet__school_class", "sheet__subject"),
    },
)

# The pupils' and parents' own page of marks: which people it may be opened for.
declare("identity.User", "marks", {Role.STUDENT: own(), Role.PARENT: child()})

declare(
    "organisation.SchoolClass",
    "attendance",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom(),
        Role.TEACHER: teaches(),
    },
)
declare("organisation.SchoolClass", "attend", {Role.HOMEROOM: homeroom(), Role.TEACHER: teaches()})
declare("organisation.SchoolClass", "remark", {Role.HOMEROOM: homeroom(), Role.TEACHER: teaches()})
declare(
    "gradebook.AbsenceSession",
    "view",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom("school_class"),
        Role.TEACHER: teaches("school_class"),
        Role.STUDENT: own("student"),
        Role.PARENT: child("student"),
    },
)
declare(
    "gradebook.Remark",
    "view",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom("school_class"),
        Role.TEACHER: any_of(own("author"), teaches("school_class", "subject")),
        Role.STUDENT: own("student"),
        Role.PARENT: child("student"),
    },
)

through("gradebook.MarkLog", "sheet")
through("gradebook.SaveReceipt", "sheet")
