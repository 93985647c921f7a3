"""A set's places, years, courses and classes into the office's tree."""

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from school.identity.models import User
from school.organisation.models import (
    GRADES,
    Level,
    Node,
    School,
    SchoolClass,
    SchoolYear,
    Term,
)
from school.organisation.services import class_create, node_create, school_create, year_open
from school.roster.oneroster.files import Record, Set
from school.roster.oneroster.ids import Ids
from school.roster.oneroster.telling import HOMEROOM
from school.roster.processing.checks import subject_of
from school.roster.processing.values import class_grade, read_class_name
from school.roster.writing.known import subjects_by_words
from school.text import clean


@dataclass
class Done:
    """What a set did, or would do, by file."""

    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, file: str) -> None:
        """One more row of a file that is new, changed or ended."""
        kept: dict[str, int] = getattr(self, what)
        kept[file] = kept.get(file, 0) + 1

    @property
    def anything(self) -> bool:
        """Whether the data base is another than before."""
        return bool(self.new or self.changed or self.ended)


class Places:
    """The first files of a set: places, years, courses and classes; what later files point to is kept here."""

    def __init__(self, found: Set, *, under: frozenset[str] | None = None, home: Node | None = None) -> None:
        self.set, self.under, self.home = found, under, home
        self.ids, self.done = Ids(), Done()
        self.nodes: dict[str, Node] = {}
        self.schools: dict[str, School] = {}
        self.years: dict[str, SchoolYear] = {}
        self.subjects: dict[str, str] = {}
        self.classes: dict[str, tuple[SchoolClass, str]] = {}
        self.users: dict[str, User] = {}
        self._codes: set[str] = set()
        self._numbers: set[str] = set()

    def add(self, file: str, record: Record, column: str, message: str) -> None:
        """Report a cell of a file."""
        self.set.add(file, record, column, message)

    def _may(self, node: Node | None) -> bool:
        return self.under is None or (node is not None and any(node.path.startswith(path) for path in self.under))

    # The office's tree.

    def _orgs(self) -> None:
        """Parents before children, however the file orders them."""
        waiting = {one.get("sourcedId"): one for one in self.set.good("orgs")}
        known = self.ids.by_id
        for place in {record.get("parentSourcedId") for record in waiting.values()}:
            if place and place not in waiting and ("orgs", place) in known:
                self._known_org(place)
        for key, record in waiting.items():
            self._org(key, record, waiting, ())

    def _known_org(self, sourced_id: str) -> Node | None:
        """A place that is here already, by an id that an earlier set gave it."""
        if sourced_id in self.nodes:
            return self.nodes[sourced_id]
        kind, _sep, pk = self.ids.key("orgs", sourced_id).partition(":")
        if kind == "school" and (school := School.objects.select_related("node").filter(pk=pk).first()):
            self.schools[sourced_id], self.nodes[sourced_id] = school, school.node
        elif kind == "node" and (node := Node.objects.filter(pk=pk).first()):
            self.nodes[sourced_id] = node
        return self.nodes.get(sourced_id)

    def _org(self, sourced_id: str, record: Record, waiting: dict[str, Record], seen: tuple[str, ...]) -> Node | None:
        if sourced_id in self.nodes:
            return self.nodes[sourced_id]
        above = record.get("parentSourcedId")
        if sourced_id in seen:
            self.add("orgs", record, "parentSourcedId", _("The places stand above each other in a circle."))
            return None
        parent = self.home
        if above:
            parent = (
                self._org(above, waiting[above], waiting, (*seen, sourced_id))
                if above in waiting
                else self._known_org(above)
            )
        found = self._known_org(sourced_id) or self._same_org(sourced_id, record)
        if record.gone:
            self.set.note(
                _("%(name)s is told as gone. A place with a history is not deleted here.")
                % {"name": record.get("name") or sourced_id}
            )
            return found
        if found is None:
            return self._new_org(sourced_id, record, parent)
        if not self._may(found):
            if sourced_id in self.schools:
                self.add("orgs", record, "sourcedId", _("This school does not belong to your office."))
            return found
        school = self.schools.get(sourced_id)
        if clean(record.get("name")) != found.name:
            found.name = clean(record.get("name"))[:200]
            found.save(update_fields=["name"])
            if school:
                school.name = found.name
                school.save()
            self.done.count("changed", "orgs")
        return found

    def _same_org(self, sourced_id: str, record: Record) -> Node | None:
        """A place that is here under its code, or (an office) its name, and has no id of a set yet."""
        code = record.get("identifier")
        if record.get("type") == "school":
            school = School.objects.select_related("node").filter(code=code).first() if code else None
            if school is None or ("orgs", f"school:{school.pk}") in self.ids.by_key:
                return None
            self.ids.learn("orgs", sourced_id, f"school:{school.pk}", school.pk)
            self.schools[sourced_id], self.nodes[sourced_id] = school, school.node
            return school.node
        found = Node.objects.exclude(kind__code="school").filter(name=clean(record.get("name"))).first()
        if found is None or ("orgs", f"node:{found.pk}") in self.ids.by_key:
            return None
        self.ids.learn("orgs", sourced_id, f"node:{found.pk}")
        self.nodes[sourced_id] = found
        return found

    def _new_org(self, sourced_id: str, record: Record, parent: Node | None) -> Node | None:
        name, code = clean(record.get("name"))[:200], record.get("identifier") or sourced_id
        if self.under is not None and not self._may(parent):
            parent = self.home
        if record.get("type") != "school":
            kinds = {"national": "ministry", "state": "department"}
            node = node_create(
                kind=kinds.get(record.get("type"), "office"),
                name=name,
                parent=parent,
                code=record.get("identifier")[:40],
            )
            self.ids.learn("orgs", sourced_id, f"node:{node.pk}")
        else:
            code = "".join(c for c in code if c.isascii() and (c.isalnum() or c == "-"))[:20]
            if not code or School.objects.filter(code=code).exists():
                self.add(
                    "orgs",
                    record,
                    "identifier",
                    _("Another school has this code already, or it has no letters or digits."),
                )
                return None
            school = school_create(code=code, name=name, levels=self._levels(sourced_id), parent=parent)
            self.ids.learn("orgs", sourced_id, f"school:{school.pk}", school.pk)
            self.schools[sourced_id], node = school, school.node
        self.nodes[sourced_id] = node
        self.done.count("new", "orgs")
        return node

    def _levels(self, sourced_id: str) -> list[str]:
        """The levels that the grades of a new school's classes show; a school without classes gets those of all pupils."""
        grades = {
            grade
            for record in self.set.rows.get("classes", [])
            if record.get("schoolSourcedId") == sourced_id
            for grade in self._grades(record)
        }
        found = [str(level) for level, range_ in GRADES.items() if level != Level.UNIVERSITY and grades & set(range_)]
        if any(
            record.get("grades") == "UG"
            for record in self.set.rows.get("classes", [])
            if record.get("schoolSourcedId") == sourced_id
        ):
            found.append(str(Level.UNIVERSITY))
        return found or [str(Level.PRIMARY), str(Level.LOWER), str(Level.UPPER)]

    @staticmethod
    def _grades(record: Record) -> list[int]:
        return [int(word) for word in record.ids("grades") if word.isascii() and word.isdigit() and len(word) < 3]

    # Years and terms.

    def _sessions(self) -> None:
        fresh: set[int] = set()
        for record in self.set.good("academicSessions"):
            if record.get("type") == "schoolYear" and not record.gone:
                self._year(record, fresh)
        numbers: dict[int, int] = {}
        terms = [
            one for one in self.set.good("academicSessions") if one.get("type") in ("semester", "term") and not one.gone
        ]
        for record in sorted(terms, key=lambda one: one.get("startDate")):
            year = self.years.get(record.get("parentSourcedId"))
            if year is None:
                year = SchoolYear.objects.filter(
                    starts__lte=record.get("startDate"), ends__gte=record.get("startDate")
                ).first()
            if year is None:
                self.add(
                    "academicSessions",
                    record,
                    "parentSourcedId",
                    _("There is no school year to which this term belongs."),
                )
                continue
            self.years[record.get("sourcedId")] = year
            self._term(record, year, numbers, year.pk in fresh)

    def _year(self, record: Record, fresh: set[int]) -> None:
        sourced_id, starts = record.get("sourcedId"), date.fromisoformat(record.get("startDate"))
        ends = date.fromisoformat(record.get("endDate"))
        if ends <= starts:
            self.add("academicSessions", record, "endDate", _("The year ends before it begins."))
            return
        key = self.ids.key("academicSessions", sourced_id)
        year = SchoolYear.objects.filter(pk=key.removeprefix("year:")).first() if key.startswith("year:") else None
        first = starts.year if starts.month >= 6 else starts.year - 1
        year = year or SchoolYear.objects.filter(name=f"{first}-{first + 1}").first()
        if year is None:
            year = year_open(first)
            SchoolYear.objects.filter(pk=year.pk).update(starts=starts, ends=ends)
            year.refresh_from_db()
            fresh.add(year.pk)
            self.done.count("new", "academicSessions")
        self.ids.learn("academicSessions", sourced_id, f"year:{year.pk}")
        self.years[sourced_id] = year

    def _term(self, record: Record, year: SchoolYear, numbers: dict[int, int], fresh: bool) -> None:
        number = numbers[year.pk] = numbers.get(year.pk, 0) + 1
        term = Term.objects.filter(year=year, number=number).first()
        if term is None:
            self.set.note(
                _("%(title)s is a term more than the school year has here; it was not taken over.")
                % {"title": record.get("title")}
            )
            return
        if fresh:
            # The dates of a year that runs here are the office's own; a set does not move them.
            term.name, term.starts, term.ends = (
                record.get("title")[:40],
                date.fromisoformat(record.get("startDate")),
                date.fromisoformat(record.get("endDate")),
            )
            term.save()
        self.ids.learn("academicSessions", record.get("sourcedId"), f"term:{term.pk}")

    # Courses and classes.

    def _courses(self) -> None:
        words = subjects_by_words()
        homerooms = {
            record.get("courseSourcedId")
            for record in self.set.rows.get("classes", [])
            if record.get("classType") == "homeroom"
        }
        scheduled = {
            record.get("courseSourcedId")
            for record in self.set.rows.get("classes", [])
            if record.get("classType") == "scheduled"
        }
        for record in self.set.good("courses"):
            if record.gone:
                continue
            sourced_id, org = record.get("sourcedId"), record.get("orgSourcedId")
            names = [
                *record.ids("subjectCodes"),
                record.get("courseCode"),
                *record.ids("subjects"),
                record.get("title"),
            ]
            code = next((found for name in names if name and (found := subject_of(name, words))), "")
            is_home = record.get("courseCode") == HOMEROOM or (sourced_id in homerooms and sourced_id not in scheduled)
            if not code and not is_home and sourced_id in scheduled:
                self.add(
                    "courses",
                    record,
                    "title",
                    _("There is no subject of this name. Write it as in the programme, e.g. “Ngữ văn”."),
                )
                continue
            self.subjects[sourced_id] = "" if is_home else code
            school = self.schools.get(org)
            place = f"{school.pk}" if school else org
            if is_home or code:
                self.ids.learn(
                    "courses",
                    sourced_id,
                    f"course:{place}:{HOMEROOM if is_home else code}"[:80],
                    school.pk if school else None,
                )

    def _classes(self) -> None:
        homes = [one for one in self.set.good("classes") if one.get("classType") == "homeroom"]
        for record in homes:
            self._homeroom(record)
        by_name = {(one.school_id, one.name): one for one, _code in self.classes.values()}
        for record in self.set.good("classes"):
            if record.get("classType") != "homeroom":
                self._scheduled(record, by_name)

    def school_of(self, sourced_id: str) -> School | None:
        """The school of an id, of this set or of an earlier one."""
        if sourced_id not in self.schools:
            self._known_org(sourced_id)
        return self.schools.get(sourced_id)

    def _class_school(self, record: Record) -> School | None:
        school = self.school_of(record.get("schoolSourcedId"))
        if school is None:
            self.set.bad.add(("classes", record.row))  # the school itself was named as faulty
        elif not self._may(school.node):
            self.add("classes", record, "schoolSourcedId", _("This school does not belong to your office."))
            return None
        return school

    def year_of(self, record: Record) -> SchoolYear | None:
        """The school year of a class's terms, the running one for sets that do not say."""
        for one in record.ids("termSourcedIds"):
            if one in self.years:
                return self.years[one]
            kind, _sep, pk = self.ids.key("academicSessions", one).partition(":")
            if kind == "year":
                return SchoolYear.objects.filter(pk=pk).first()
            if kind == "term" and (term := Term.objects.select_related("year").filter(pk=pk).first()):
                return term.year
        current: SchoolYear | None = SchoolYear.objects.current()
        return current

    def _known_class(self, sourced_id: str) -> tuple[SchoolClass, str] | None:
        if sourced_id in self.classes:
            return self.classes[sourced_id]
        parts = self.ids.key("classes", sourced_id).split(":")
        found = (
            SchoolClass.objects.select_related("school__node", "year").filter(pk=parts[1]).first()
            if len(parts) > 1
            else None
        )
        if found is None or not self._may(found.school.node):
            return None
        self.classes[sourced_id] = (found, parts[2] if len(parts) > 2 else "")
        return self.classes[sourced_id]

    def class_of(self, sourced_id: str) -> tuple[SchoolClass, str] | None:
        """The class (and the subject, of a scheduled one) that an enrolment names."""
        return self._known_class(sourced_id)

    def _homeroom(self, record: Record) -> None:
        sourced_id = record.get("sourcedId")
        known = self._known_class(sourced_id)
        school = self._class_school(record)
        if school is None or record.gone:
            return
        name = read_class_name(record.get("title"))
        year = self.year_of(record)
        if year is None or len(name) > 40:
            column = "title" if year else "termSourcedIds"
            self.add(
                "classes", record, column, _("The class has no school year, or its name is longer than 40 letters.")
            )
            return
        if known:
            if known[0].name != name and not SchoolClass.objects.filter(school=school, year=year, name=name).exists():
                known[0].name = name
                known[0].save(update_fields=["name"])
                self.done.count("changed", "classes")
            return
        grade = next(iter(self._grades(record)), class_grade(name) or (1 if record.get("grades") == "UG" else 0))
        made = (
            SchoolClass.objects.filter(school=school, year=year, name=name)
            .select_related("school__node", "year")
            .first()
        )
        if made is None:
            try:
                made = class_create(school=school, year=year, name=name, grade=grade)
            except ValueError:
                self.add(
                    "classes",
                    record,
                    "grades",
                    _("This school teaches no grade of class %(name)s. Correct the class.") % {"name": name},
                )
                return
            self.done.count("new", "classes")
        self.classes[sourced_id] = (made, "")
        self.ids.learn("classes", sourced_id, f"class:{made.pk}", school.pk)

    def _scheduled(self, record: Record, by_name: dict[tuple[int, str], SchoolClass]) -> None:
        """A class of a subject: its home class stands in the code ("6A1/TOAN") or begins the title ("6A1 – Toán")."""
        sourced_id = record.get("sourcedId")
        if self._known_class(sourced_id):
            return
        school = self._class_school(record)
        if school is None or record.gone:
            return
        code = (
            self.subjects.get(record.get("courseSourcedId"))
            or self.ids.key("courses", record.get("courseSourcedId")).rpartition(":")[2]
        )
        if not code or code == HOMEROOM:
            if ("courses", record.get("courseSourcedId")) not in {
                ("courses", one.get("sourcedId"))
                for one in self.set.rows.get("courses", [])
                if ("courses", one.row) in self.set.bad
            }:
                self.add("classes", record, "courseSourcedId", _("This course is of no subject."))
            return
        written = record.get("classCode").partition("/")[0] or record.get("title")
        names = [
            read_class_name(written),
            read_class_name(record.get("title").partition("–")[0].partition(" - ")[0].strip()),
        ]
        home = next((by_name[school.pk, name] for name in names if (school.pk, name) in by_name), None)
        if home is None:
            for name in names:
                home = home or SchoolClass.objects.filter(school=school, year=self.year_of(record), name=name).first()
        if home is None:
            self.add(
                "classes",
                record,
                "classCode",
                _("The home class was not found. Write it before a slash, for example 6A1/TOAN."),
            )
            return
        self.classes[sourced_id] = (home, code)
        self.ids.learn("classes", sourced_id, f"class:{home.pk}:{code}", school.pk)
