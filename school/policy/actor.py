"""What is known of a person today: their roles and the relations that give rights."""

import datetime
from collections import defaultdict
from functools import cached_property
from typing import Any, Self

from django.apps import apps
from django.db.models import F, Value

from school.dated import current_q, today
from school.roles import Role
from school.row_security import Reach, unfenced

ZERO, EMPTY = Value(0), Value("")
COLUMNS = ("word", "path", "one", "two", "three")


class Actor:
    """The dated facts of one person, read once per request: two small queries, each only when asked for."""

    def __init__(self, user: Any, day: datetime.date | None = None) -> None:
        self.user = user
        self.day = day or today()
        # Schools where the person or a child studies or has studied: their marks of then stay theirs.
        self._attended: set[int] = set()

    @classmethod
    def of(cls, user: Any) -> Self:
        """The actor of a user object, kept on it for as long as the object lives (one request)."""
        known = getattr(user, "_actor", None)
        if isinstance(known, cls) and known.day == today():
            return known
        actor = cls(user)
        user._actor = actor
        return actor

    @property
    def alive(self) -> bool:
        """A person without an account, or with a closed one, has no rights at all."""
        return bool(self.user and self.user.is_authenticated and self.user.is_active)

    def _read(self, rows: Any, *fields: str) -> list[Any]:
        # From these facts follows what anyone may reach, so they are read before there is a reach.
        with unfenced():
            return list(rows.values_list(*fields, flat=len(fields) == 1))

    @cached_property
    def _relations(self) -> dict[str, list[Any]]:
        """Today's rows of the four tables that say what somebody is to a place or a person, by table: two texts, three numbers.

        One question for all of them, because every request asks it.
        """
        found: dict[str, list[Any]] = defaultdict(list)
        if not self.alive:
            return found
        first, *others = (
            apps.get_model("organisation", table)
            .objects.filter(current_q(day=self.day), **{person: self.user})
            .order_by()
            .annotate(table=Value(table), **dict(zip(COLUMNS, columns, strict=True)))
            .values_list("table", *COLUMNS)
            for table, person, *columns in (
                ("Membership", "user", F("role"), F("node__path"), F("node__school__pk"), ZERO, ZERO),
                ("TeachingAssignment", "teacher", EMPTY, EMPTY, F("school_class_id"), F("subject_id"), F("school_id")),
                ("HomeroomAssignment", "teacher", EMPTY, EMPTY, F("school_class_id"), ZERO, F("school_id")),
                ("Guardianship", "guardian", EMPTY, EMPTY, F("student_id"), ZERO, ZERO),
            )
        )
        with unfenced():
            for table, *row in first.union(*others, all=True):
                found[table].append(row)
        return found

    @cached_property
    def _memberships(self) -> list[tuple[str, int | None, str]]:
        """(role, school id or None for a place that is no school, the place's path)."""
        return [(role, school_id, path) for role, path, school_id, *_ in self._relations["Membership"]]

    @cached_property
    def _teaching(self) -> list[tuple[int, int, int]]:
        """(class id, subject id, school id)."""
        return [(one, two, three) for _, _, one, two, three in self._relations["TeachingAssignment"]]

    @cached_property
    def _homerooms(self) -> list[tuple[int, int]]:
        """(class id, school id)."""
        return [(class_id, school_id) for _, _, class_id, _, school_id in self._relations["HomeroomAssignment"]]

    @cached_property
    def _studied(self) -> list[tuple[int, int, int]]:
        """(student id, class id, school id) of today's enrolments of the person and their children.

        The schools of former ones are kept for the reach.
        """
        if not self.alive:
            return []
        people = {self.user.pk, *(child for _, _, child, *_ in self._relations["Guardianship"])}
        rows = apps.get_model("organisation", "Enrolment").objects.filter(student__in=people)
        found = self._read(rows, "student_id", "school_class_id", "school_id", "starts", "ends")
        self._attended |= {school_id for _, _, school_id, _, _ in found}
        return [row[:3] for row in found if row[3] <= self.day and (row[4] is None or row[4] >= self.day)]

    @cached_property
    def _enrolments(self) -> list[tuple[int, int]]:
        """(class id, school id)."""
        return [(class_id, school_id) for student, class_id, school_id in self._studied if student == self.user.pk]

    @cached_property
    def _children(self) -> list[tuple[int, int | None, int | None]]:
        """(child id, class id, school id); a child who is enrolled nowhere still is a child."""
        children = {child for _, _, child, *_ in self._relations["Guardianship"]}
        found = [row for row in self._studied if row[0] in children] if children else []
        placed = {child for child, _, _ in found}
        return [*found, *((child, None, None) for child in children if child not in placed)]

    @cached_property
    def node_paths(self) -> frozenset[str]:
        """The places the person administers as an office: everything below them counts."""
        return frozenset(path for role, _, path in self._memberships if role == Role.OFFICE_ADMIN)

    @cached_property
    def taught(self) -> frozenset[tuple[int, int]]:
        """(class id, subject id) of today's teaching assignments."""
        return frozenset((class_id, subject_id) for class_id, subject_id, _ in self._teaching)

    @cached_property
    def taught_classes(self) -> frozenset[int]:
        return frozenset(class_id for class_id, _, _ in self._teaching)

    @cached_property
    def homeroom_classes(self) -> frozenset[int]:
        return frozenset(class_id for class_id, _ in self._homerooms)

    @cached_property
    def enrolled_classes(self) -> frozenset[int]:
        return frozenset(class_id for class_id, _ in self._enrolments)

    @cached_property
    def children(self) -> frozenset[int]:
        return frozenset(child for child, _, _ in self._children)

    @cached_property
    def children_classes(self) -> frozenset[int]:
        return frozenset(class_id for _, class_id, _ in self._children if class_id is not None)

    @cached_property
    def _schools(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for role, school_id, _ in self._memberships:
            if school_id is not None:
                found[role].add(school_id)
        for _, _, school_id in self._teaching:
            found[Role.TEACHER].add(school_id)
        for _, school_id in self._homerooms:
            found[Role.HOMEROOM].add(school_id)
        for _, school_id in self._enrolments:
            found[Role.STUDENT].add(school_id)
        for _, _, school_id in self._children:
            if school_id is not None:
                found[Role.PARENT].add(school_id)
        return found

    def schools(self, *roles: Role) -> frozenset[int]:
        """Ids of the schools where the person holds one of the roles (all roles when none is named)."""
        wanted = roles or tuple(Role)
        return frozenset(pk for role in wanted for pk in self._schools.get(role, ()))

    @property
    def school_ids(self) -> frozenset[int]:
        """Ids of all schools the person belongs to in any role."""
        return self.schools()

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role the person holds somewhere today."""
        found = {Role(role) for role, _, _ in self._memberships}
        if self._teaching:
            found.add(Role.TEACHER)
        if self._homerooms:
            found.add(Role.HOMEROOM)
        if self._enrolments:
            found.add(Role.STUDENT)
        if self._children:
            found.add(Role.PARENT)
        return frozenset(found)

    @cached_property
    def reach(self) -> Reach:
        """What the database may show to this person at all: their schools, themselves and their children."""
        if not self.alive:
            return Reach()
        schools = self.school_ids | self._attended
        if self.node_paths:
            below = apps.get_model("organisation", "Node").objects.under(self.node_paths)
            schools |= set(self._read(below.filter(school__isnull=False), "school__pk"))
        return Reach(schools, self.children | {self.user.pk})
