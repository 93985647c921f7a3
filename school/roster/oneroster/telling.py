"""From the data base to the rows of a set: what the office's tree, years, classes and people are in OneRoster's words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from school.dated import today
from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Level,
    Membership,
    Node,
    School,
    SchoolClass,
    SchoolYear,
    TeachingAssignment,
    Term,
)
from school.phones import can_receive_sms
from school.roles import Role
from school.roster.oneroster.ids import Ids

NODE_TYPES = {"ministry": "national", "department": "state", "office": "district"}
HOMEROOM, HOMEROOM_TITLE = "HOMEROOM", "Chủ nhiệm"
# Our posts in the words of 1.2; those that it lacks are extensions, which the standard allows.
ROLES_12 = {
    Role.OFFICE_ADMIN: "districtAdministrator",
    Role.PRINCIPAL: "principal",
    Role.VICE_PRINCIPAL: "ext:vicePrincipal",
    Role.SCHOOL_ADMIN: "siteAdministrator",
    Role.LIBRARIAN: "ext:librarian",
    Role.TEACHER: "teacher",
    Role.EMPLOYEE: "aide",
}
# 1.1 has one role a person: the first of these that they hold.
_FIRST_11 = (
    ("administrator", {"districtAdministrator", "principal", "ext:vicePrincipal", "siteAdministrator"}),
    ("teacher", {"teacher"}),
    ("aide", {"aide", "ext:librarian"}),
    ("student", {"student"}),
    ("parent", {"parent"}),
    ("guardian", {"guardian"}),
)


@dataclass
class Told:
    """A row and what it is of."""

    key: str
    school_id: int | None
    cells: dict[str, str]


@dataclass
class _Person:
    """What is gathered of a person: roles by place, classes' grades, whose agents."""

    user: User
    roles: dict[tuple[str, str], str] = field(default_factory=dict)
    grades: set[int] = field(default_factory=set)
    agents: list[int] = field(default_factory=list)
    sex: str = ""


def going_on(prefix: str = "") -> Q:
    """Dated rows that have not ended; those that begin later are already told."""
    return Q(**{f"{prefix}ends__isnull": True}) | Q(**{f"{prefix}ends__gte": today()})


def grade_word(level: str, grade: int) -> str:
    """A grade in the words of the standard (CEDS): 01 to 12; years of a university are UG."""
    return "UG" if level == Level.UNIVERSITY else f"{grade:02d}"


class Telling:
    """Gathers the rows of the running year of some schools."""

    def __init__(self, ids: Ids, schools: Iterable[School]) -> None:
        self.ids = ids
        self.schools = {school.pk: school for school in schools}
        self.rows: dict[str, list[Told]] = {}
        self.people: dict[int, _Person] = {}
        self.year: SchoolYear | None = SchoolYear.objects.current()

    def gather(self) -> dict[str, list[Told]]:
        """Every row of every file."""
        self._orgs()
        self._sessions()
        self._classes()
        self._members()
        self._guardians()
        self._people()
        return self.rows

    def _add(self, file: str, key: str, school_id: int | None, **cells: Any) -> str:
        sourced_id = self.ids.of(file, key, school_id)
        kept = {name: str(value) for name, value in cells.items() if value not in (None, "")}
        self.rows.setdefault(file, []).append(Told(key, school_id, {"sourcedId": sourced_id} | kept))
        return sourced_id

    def _orgs(self) -> None:
        above: dict[int, Node] = {}
        wanted = {int(part) for one in self.schools.values() for part in one.node.path.strip("/").split("/")}
        own = {one.node_id for one in self.schools.values()}
        for node in Node.objects.filter(pk__in=wanted - own).select_related("kind").order_by("path"):
            above[node.pk] = node
            self._add(
                "orgs", f"node:{node.pk}", None, name=node.name, type=NODE_TYPES.get(node.kind.code, "local"),
                identifier=node.code, parentSourcedId=self._node_id(node.parent_id),
            )  # fmt: skip
        for school in self.schools.values():
            self._add(
                "orgs", f"school:{school.pk}", school.pk, name=school.name, type="school", identifier=school.code,
                parentSourcedId=self._node_id(school.node.parent_id),
            )  # fmt: skip

    def _node_id(self, node_id: int | None) -> str:
        return self.ids.of("orgs", f"node:{node_id}") if node_id else ""

    def _org(self, school_id: int) -> str:
        return self.ids.of("orgs", f"school:{school_id}", school_id)

    def _sessions(self) -> None:
        if self.year is None:
            return
        year = self.year
        parent = self._add(
            "academicSessions", f"year:{year.pk}", None, title=year.name, type="schoolYear", startDate=year.starts,
            endDate=year.ends, schoolYear=year.ends.year,
        )  # fmt: skip
        for term in Term.objects.filter(year=year).order_by("number"):
            self._add(
                "academicSessions", f"term:{term.pk}", None, title=term.name, type="semester", startDate=term.starts,
                endDate=term.ends, parentSourcedId=parent, schoolYear=year.ends.year,
            )  # fmt: skip

    def _classes(self) -> None:
        found = SchoolClass.objects.filter(school__in=self.schools, year=self.year).order_by("pk")
        classes = {one.pk: one for one in found}
        teaching = list(
            TeachingAssignment.objects.filter(going_on(), school_class__in=found).select_related("subject", "teacher")
        )
        homerooms = list(
            HomeroomAssignment.objects.filter(going_on(), school_class__in=found).select_related("teacher")
        )
        subjects: dict[int, dict[str, str]] = {}
        for one in teaching:
            subjects.setdefault(one.school_class_id, {})[one.subject.code] = one.subject.name
        courses: set[str] = set()
        for school_class in classes.values():
            self._class(school_class, subjects.get(school_class.pk, {}), courses)
        for one in teaching:
            self._placed(
                f"teaching:{one.pk}", classes[one.school_class_id], one.subject.code, one.teacher, one, "teacher"
            )
        for home in homerooms:
            self._placed(f"homeroom:{home.pk}", classes[home.school_class_id], "", home.teacher, home, "teacher")
        studying = Enrolment.objects.filter(going_on(), school_class__in=found, status=Enrolment.Status.STUDYING)
        for pupil in studying.select_related("student").iterator(chunk_size=2000):
            school_class = classes[pupil.school_class_id]
            self._placed(f"enrolment:{pupil.pk}", school_class, "", pupil.student, pupil, "student")
            for code in subjects.get(school_class.pk, {}):
                self._placed(f"enrolment:{pupil.pk}:{code}", school_class, code, pupil.student, pupil, "student")
            if school_class.level != Level.UNIVERSITY:
                self._person(pupil.student).grades.add(school_class.grade)

    def _class(self, school_class: SchoolClass, subjects: dict[str, str], courses: set[str]) -> None:
        school, grade = school_class.school_id, grade_word(school_class.level, school_class.grade)
        term = self.ids.of("academicSessions", f"year:{school_class.year_id}")
        for code, name in {"": "", **subjects}.items():
            course_key = f"course:{school}:{code or HOMEROOM}"
            if course_key not in courses:
                courses.add(course_key)
                self._add(
                    "courses", course_key, school, title=name or HOMEROOM_TITLE, courseCode=code or HOMEROOM,
                    orgSourcedId=self._org(school), subjects=name, subjectCodes=code,
                )  # fmt: skip
            self._add(
                "classes", f"class:{school_class.pk}:{code}" if code else f"class:{school_class.pk}", school,
                title=f"{school_class.name} – {name}" if code else school_class.name, grades=grade,
                courseSourcedId=self.ids.of("courses", course_key, school),
                classCode=f"{school_class.name}/{code}" if code else school_class.name,
                classType="scheduled" if code else "homeroom", schoolSourcedId=self._org(school), termSourcedIds=term,
                subjects=name, subjectCodes=code,
            )  # fmt: skip

    def _placed(self, key: str, school_class: SchoolClass, code: str, user: User, dated: Any, role: str) -> None:
        school = school_class.school_id
        class_key = f"class:{school_class.pk}:{code}" if code else f"class:{school_class.pk}"
        self._add(
            "enrollments", key, school, classSourcedId=self.ids.of("classes", class_key, school),
            schoolSourcedId=self._org(school), userSourcedId=self.ids.of("users", f"user:{user.pk}", school), role=role,
            primary="true" if role == "teacher" else "false", beginDate=dated.starts, endDate=dated.ends,
        )  # fmt: skip
        person = self._person(user)
        place = (f"school:{school}", role)
        begins = str(dated.starts) if role == "teacher" else ""
        held = person.roles.get(place)
        person.roles[place] = min(held, begins) if held is not None else begins

    def _person(self, user: User) -> _Person:
        return self.people.setdefault(user.pk, _Person(user))

    def _members(self) -> None:
        nodes = {school.node_id: pk for pk, school in self.schools.items()}
        for one in (
            Membership.objects.filter(going_on(), node__in=nodes).select_related("user").order_by("starts", "pk")
        ):
            self._person(one.user).roles[f"school:{nodes[one.node_id]}", ROLES_12[Role(one.role)]] = str(one.starts)

    def _guardians(self) -> None:
        schools = {
            pk: [int(place.removeprefix("school:")) for place, role in one.roles if role == "student"]
            for pk, one in self.people.items()
        }
        pupils = [pk for pk, places in schools.items() if places]
        for at in range(0, len(pupils), 500):
            found = Guardianship.objects.filter(going_on(), student__in=pupils[at : at + 500]).select_related(
                "guardian"
            )
            for one in found.order_by("-is_primary", "pk"):
                self.people[one.student_id].agents.append(one.guardian_id)
                parent = self._person(one.guardian)
                parent.agents.append(one.student_id)
                # A parent whose gender is not kept is told by the relation: that is how the relation is read back.
                parent.sex = {"father": "male", "mother": "female"}.get(one.relation, parent.sex)
                role = "guardian" if one.relation == Guardianship.Relation.OTHER else "parent"
                for school in schools[one.student_id]:
                    parent.roles.setdefault((f"school:{school}", role), "")

    def _people(self) -> None:
        for pk, person in self.people.items():
            user = person.user
            schools = sorted({int(place.removeprefix("school:")) for place, _role in person.roles})
            school = schools[0] if schools else None
            family, _sep, middle = user.family_middle.partition(" ")
            held = {role for _place, role in person.roles}
            is_pupil = "student" in held
            first = next(word for word, ours in _FIRST_11 if held & ours)
            agents = person.agents if is_pupil else sorted(person.agents, key=lambda one: self._user(one))
            sourced_id = self._add(
                "users", f"user:{pk}", school, enabledUser=str(user.is_active).lower(),
                orgSourcedIds=",".join(sorted(self._org(one) for one in schools)), role=first, username=user.code,
                givenName=user.given_name or user.full_name, familyName=family or "-", middleName=middle,
                identifier=user.ministry_code, email=user.email, sms=user.phone if can_receive_sms(user.phone) else "",
                phone=user.phone, agentSourcedIds=",".join(self._user(one) for one in dict.fromkeys(agents)),
                grades=",".join(f"{grade:02d}" for grade in sorted(person.grades)),
                primaryOrgSourcedId=self._org(school) if school else "",
            )  # fmt: skip
            order = {word: at for at, (_one, ours) in enumerate(_FIRST_11) for word in ours}
            placed: set[str] = set()
            for (place, role), begins in sorted(
                person.roles.items(), key=lambda one: (order[one[0][1]], self.ids.of("orgs", one[0][0]), one[0][1])
            ):
                self._add(
                    "roles", f"role:{pk}:{place}:{role}", int(place.removeprefix("school:")), userSourcedId=sourced_id,
                    roleType="secondary" if place in placed else "primary", role=role, beginDate=begins,
                    orgSourcedId=self.ids.of("orgs", place),
                )  # fmt: skip
                placed.add(place)  # one primary role in each place, and only one
            sex = {"M": "male", "F": "female"}.get(user.gender, person.sex)
            if user.birth_date or sex:
                self.ids.learn("demographics", sourced_id, f"user:{pk}", school)
                self._add(
                    "demographics", f"user:{pk}", school, birthDate=user.birth_date,
                    sex=sex,
                )  # fmt: skip

    def _user(self, pk: int) -> str:
        return self.ids.of("users", f"user:{pk}")
