"""Who may read, enter, publish and lock marks, take attendance and write remarks (grading.md's table of rights).

Appointed roles without a line here hold no right over marks: the librarian none at all, the school's administrator only that
of locking what a principal ordered, without reading a mark; an office reads counts (selectors), never a pupil's marks.
Families read what was published, of their own child only.
"""

from django.db.models import Q

from gradebook.models import LockDelegation
from school.policy import Actor, Relation, Role, any_of, child, declare, homeroom, own, own_school, teaches
from school.row_security import through

LEADERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL)


def published(relation: Relation) -> Relation:
    """The relation, limited to rows that were published."""

    def condition(actor: Actor) -> Q:
        return relation(actor) & Q(published_at__isnull=False)

    return condition


def delegated(path: str = "school") -> Relation:
    """Rows of a school whose vice principal the person is, while the principal's locking is delegated to them."""

    def condition(actor: Actor) -> Q:
        given = LockDelegation.objects.in_force().filter(
            delegate=actor.user, school__in=actor.schools(Role.VICE_PRINCIPAL)
        )
        return Q(**{f"{path}__in": given.values("school")})

    return condition


def of_others(relation: Relation) -> Relation:
    """The relation without what the person asked for themself: nobody decides their own request."""

    def condition(actor: Actor) -> Q:
        return relation(actor) & ~Q(by=actor.user.pk)

    return condition


def at_university(relation: Relation, sheet: str) -> Relation:
    """The relation, limited to sheets of a university: its students are of age and speak for themselves."""

    def condition(actor: Actor) -> Q:
        return relation(actor) & Q(**{f"{sheet}__school_class__level": "university"})

    return condition


def below(path: str) -> Relation:
    """Rows of a place at or below one that the person administers as an office."""

    def condition(actor: Actor) -> Q:
        found = Q(pk__in=[])
        for place in actor.node_paths:
            found |= Q(**{f"{path}__path__startswith": place})
        return found

    return condition


def principals(path: str = "school") -> dict[Role, Relation]:
    """The principal, and the vice principal in their place."""
    return {Role.PRINCIPAL: own_school(path, Role.PRINCIPAL), Role.VICE_PRINCIPAL: delegated(path)}


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
declare("gradebook.MarkSheet", "lock", principals())
declare("gradebook.MarkSheet", "sign", {Role.PRINCIPAL: own_school("school", Role.PRINCIPAL)})
# The school's sheets in one table without a mark in it, and locking there: the administrator does it on order.
declare(
    "gradebook.MarkSheet",
    "states",
    {role: own_school("school", role) for role in (*LEADERS, Role.SCHOOL_ADMIN)},
)
declare(
    "gradebook.MarkSheet",
    "close",
    {**principals(), Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN)},
)
declare(
    "gradebook.MarkSheet",
    "correct",
    {Role.TEACHER: teaches("school_class", "subject"), Role.HOMEROOM: homeroom("school_class")},
)
declare(
    "gradebook.Correction",
    "view",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: any_of(own("by"), homeroom("sheet__school_class")),
        Role.TEACHER: any_of(own("by"), teaches("sheet__school_class", "sheet__subject")),
    },
)
declare("gradebook.Correction", "decide", {role: of_others(rule) for role, rule in principals().items()})
declare("gradebook.Correction", "withdraw", {Role.TEACHER: own("by"), Role.HOMEROOM: own("by")})
declare(
    "gradebook.MarkReview",
    "view",
    {
        **{role: own_school("school", role) for role in LEADERS},
        Role.HOMEROOM: homeroom("column__sheet__school_class"),
        Role.TEACHER: teaches("column__sheet__school_class", "column__sheet__subject"),
        Role.STUDENT: own("student"),
        Role.PARENT: child("student"),
    },
)
declare(
    "gradebook.MarkReview", "answer", {Role.TEACHER: teaches("column__sheet__school_class", "column__sheet__subject")}
)
declare(
    "gradebook.Mark",
    "review",
    {
        Role.PARENT: published(child("student")),
        Role.STUDENT: at_university(published(own("student")), "column__sheet"),
    },
)
declare(
    "gradebook.EntryWindow",
    "set",
    {Role.OFFICE_ADMIN: below("node"), **principals()},
)
declare(
    "gradebook.LockDelegation",
    "view",
    {role: own_school("school", role) for role in (*LEADERS, Role.SCHOOL_ADMIN)},
)
declare("gradebook.LockDelegation", "give", {Role.PRINCIPAL: own_school("school", Role.PRINCIPAL)})
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

for model in ("gradebook.Conduct", "gradebook.LearningResult"):
    declare(
        model,
        "view",
        {
            **{role: own_school("school", role) for role in LEADERS},
            Role.HOMEROOM: homeroom("school_class"),
            **(
                {Role.STUDENT: published(own("student")), Role.PARENT: published(child("student"))}
                if model == "gradebook.LearningResult"
                else {}
            ),
        },
    )
# Conduct is the homeroom teacher's, the results are published by the principal (grading.md's table).
declare("organisation.SchoolClass", "conduct", {Role.HOMEROOM: homeroom()})
declare(
    "organisation.SchoolClass",
    "results",
    {**{role: own_school("school", role) for role in LEADERS}, Role.HOMEROOM: homeroom()},
)
declare("organisation.SchoolClass", "publish_results", {Role.PRINCIPAL: own_school("school", Role.PRINCIPAL)})

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
declare(
    "organisation.SchoolClass",
    "result_slips",
    {**{role: own_school("school", role) for role in LEADERS}, Role.HOMEROOM: homeroom()},
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
