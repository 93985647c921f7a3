"""Who studies, teaches and leads where, and whose parent somebody is: a set's enrolments and agents into dated relations."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from school.dated import today
from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    SchoolClass,
    Subject,
    TeachingAssignment,
)
from school.roster.oneroster.columns import BULK, V11
from school.roster.oneroster.files import Record
from school.roster.writing.known import chunks
from school.roster.writing.people import last_day

if TYPE_CHECKING:
    from school.roster.oneroster.loading import Loading

_MODELS: dict[str, Any] = {
    "enrolment": Enrolment,
    "teaching": TeachingAssignment,
    "homeroom": HomeroomAssignment,
}


class Placing:
    """The last files of a set, when its people and classes are there."""

    def __init__(self, loading: Loading) -> None:
        self.on = loading
        self.set, self.ids, self.done = loading.set, loading.ids, loading.done
        self.made: dict[str, list[tuple[Any, str]]] = {name: [] for name in _MODELS}
        self.ended: dict[str, dict[int, Any]] = {name: {} for name in _MODELS}
        self.by_id: dict[tuple[str, int], Any] = {}
        self.running: dict[tuple[str, int], list[Any]] = {}
        self.schools: set[int] = set()

    def place(self) -> None:
        """Enrolments first, then what is no longer told, then parents."""
        records = self.set.good("enrollments")
        found = [(record, *self._of(record)) for record in records]
        self._known([user for _record, user, _class in found if user is not None])
        subjects = dict(Subject.objects.values_list("code", "pk"))
        implied: list[tuple[Record, User, SchoolClass, str]] = []
        for record, user, placed in found:
            if user is None or placed is None:
                continue
            school_class, code = placed
            self.schools.add(school_class.school_id)
            if record.get("role") == "student":
                if code:
                    implied.append((record, user, school_class, code))
                else:
                    self._dated("enrolment", record, user, school_class, {"school_class": school_class}, "student")
            elif record.get("role") == "teacher" and code:
                fields = {"school_class": school_class, "subject_id": subjects[code]}
                self._dated("teaching", record, user, school_class, fields, "teacher")
            elif record.get("role") == "teacher":
                self._dated("homeroom", record, user, school_class, {"school_class": school_class}, "teacher")
            else:
                self.set.note(_("Enrolments as %(role)s are not kept here.") % {"role": record.get("role")})
        self._no_longer_told()
        self._write()
        self._implied(implied)
        self._agents()

    def _of(self, record: Record) -> tuple[User | None, tuple[SchoolClass, str] | None]:
        user, placed = self.on.user_of(record.get("userSourcedId")), self.on.class_of(record.get("classSourcedId"))
        if placed and record.get("schoolSourcedId") and not record.gone:
            school = self.on.school_of(record.get("schoolSourcedId"))
            if school and school.pk != placed[0].school_id:
                message = _("The class belongs to another school than this one.")
                self.on.add("enrollments", record, "schoolSourcedId", message)
                return None, None
        begins, ends = record.get("beginDate"), record.get("endDate")
        if begins and ends and ends < begins:
            self.on.add("enrollments", record, "endDate", _("It ends before it begins."))
            return None, None
        return user, placed

    def _known(self, people: list[User]) -> None:
        pks = [user.pk for user in people]
        for name, model in _MODELS.items():
            person = "student" if name == "enrolment" else "teacher"
            for part in chunks(pks):
                for one in model.objects.filter(**{f"{person}__in": part}).select_related("school_class"):
                    self.by_id[name, one.pk] = one
                    if one.ends is None or one.ends >= today():
                        self.running.setdefault((name, getattr(one, f"{person}_id")), []).append(one)

    def _dated(
        self, name: str, record: Record, user: User, school_class: SchoolClass, fields: dict[str, Any], person: str
    ) -> None:
        """Bring one dated relation to what a row says."""
        key = self.ids.key("enrollments", record.get("sourcedId"))
        known = (
            self.by_id.get((name, int(key.partition(":")[2])))
            if key.startswith(f"{name}:") and key.count(":") == 1
            else None
        )
        ends = date.fromisoformat(record.get("endDate")) if record.get("endDate") else None
        running = self.running.setdefault((name, user.pk), [])
        if known is None:
            subject = fields.get("subject_id")
            known = next(
                (
                    one
                    for one in running
                    if one.school_class_id == school_class.pk and (subject is None or one.subject_id == subject)
                ),
                None,
            )
        if record.gone:
            if known is not None and known.ends is None:
                self._end(name, known, "enrollments")
            return
        if known is not None and known.school_class_id == school_class.pk:
            self.ids.learn(
                "enrollments", record.get("sourcedId"), f"{name}:{known.pk}", school_class.school_id
            ) if known.pk else None
            if ends and known.ends is None:
                self._end(name, known, "enrollments", ends)
            return
        if name == "enrolment":
            # A pupil is in one class of a school at a time: another class is a move, and the first one stays in the history.
            for one in running:
                if one.school_id == school_class.school_id and one.ends is None:
                    self._end(name, one, "")
        starts = date.fromisoformat(record.get("beginDate")) if record.get("beginDate") else school_class.year.starts
        if ends and ends < starts:
            self.on.add("enrollments", record, "endDate", _("It ends before it begins."))
            return
        if name == "homeroom" and self._led(school_class, user, record):
            return
        made = _MODELS[name](**{person: user}, **fields, school_id=school_class.school_id, starts=starts, ends=ends)
        running.append(made)
        self.made[name].append((made, record.get("sourcedId")))
        self.done.count("new", "enrollments")

    def _led(self, school_class: SchoolClass, user: User, record: Record) -> bool:
        """Whether a class keeps its homeroom teacher: the one marked as primary takes the place of another."""
        others = [
            one
            for one in HomeroomAssignment.objects.filter(school_class=school_class, ends__isnull=True)
            if one.pk not in self.ended["homeroom"]
        ]
        new = [one for one, _id in self.made["homeroom"] if one.school_class_id == school_class.pk and one.ends is None]
        if new or (others and record.get("primary").lower() != "true"):
            self.set.note(_("A class has one homeroom teacher here; further ones were not taken over."))
            return True
        for one in others:
            self._end("homeroom", one, "")
        return False

    def _end(self, name: str, one: Any, file: str, day: date | None = None) -> None:
        one.ends = max(day or last_day(one.starts), one.starts)
        if one.pk:
            self.ended[name][one.pk] = one
        if file:
            self.done.count("ended", file)

    def _no_longer_told(self) -> None:
        """A whole list of enrolments replaces the one before it: what an earlier set told and this one does not has ended."""
        if self.set.modes.get("enrollments") != BULK:
            return
        told = {record.get("sourcedId") for record in self.set.rows.get("enrollments", [])}
        lost = [
            one
            for (file, _key), one in self.ids.by_key.items()
            if file == "enrollments"
            and one.school_id in self.schools
            and one.sourced_id not in told
            and one.key.count(":") == 1
        ]
        for one in lost:
            name, _sep, pk = one.key.partition(":")
            found = self.by_id.get((name, int(pk))) or _MODELS[name].objects.filter(pk=pk).first()
            if found is not None and found.ends is None:
                self._end(name, found, "enrollments")

    def _write(self) -> None:
        for name, model in _MODELS.items():
            model.objects.bulk_update(self.ended[name].values(), ["ends"], batch_size=300)
            model.objects.bulk_create([one for one, _id in self.made[name]], batch_size=500)
            for one, sourced_id in self.made[name]:
                self.ids.learn("enrollments", sourced_id, f"{name}:{one.pk}", one.school_id)

    def _implied(self, rows: list[tuple[Record, User, SchoolClass, str]]) -> None:
        """A pupil in a class of a subject is in its home class; the id of the row is kept for what it says."""
        homes: dict[tuple[int, int], Any] = {}
        for name in ("enrolment",):
            for (kind, pk), many in self.running.items():
                if kind == name:
                    for one in many:
                        if one.ends is None or one.ends >= today():
                            homes[pk, one.school_class_id] = one
        for record, user, school_class, code in rows:
            home = homes.get((user.pk, school_class.pk))
            if home is not None:
                self.ids.learn(
                    "enrollments", record.get("sourcedId"), f"enrolment:{home.pk}:{code}", school_class.school_id
                )
            elif not record.gone:
                message = _("The person is not in the home class of this class. Enrol them there too.")
                self.on.add("enrollments", record, "classSourcedId", message)

    # Parents.

    def _agents(self) -> None:
        roles = self._role_words()
        pairs: list[tuple[User, list[User]]] = []
        for record in self.set.good("users"):
            user = self.on.users.get(record.get("sourcedId"))
            if user is None or record.gone or "student" not in roles.get(record.get("sourcedId"), set()):
                continue
            agents = [agent for one in record.ids("agentSourcedIds") if (agent := self.on.user_of(one))]
            if agents:
                pairs.append((user, agents))
        words = {user.pk: roles.get(sourced_id, set()) for sourced_id, user in self.on.users.items()}
        known: dict[int, list[Guardianship]] = {}
        for part in chunks([user.pk for user, _agents in pairs]):
            for one in Guardianship.objects.filter(Q(ends__isnull=True) | Q(ends__gte=today()), student__in=part):
                known.setdefault(one.student_id, []).append(one)
        made: list[Guardianship] = []
        ended: list[Guardianship] = []
        for student, agents in pairs:
            held = known.get(student.pk, [])
            listed = {agent.pk for agent in agents}
            for one in held:
                if one.guardian_id not in listed and one.ends is None:
                    one.ends, one.is_primary = last_day(one.starts), False
                    ended.append(one)
                    self.done.count("ended", "users")
            primary = any(one.is_primary and one.ends is None for one in held)
            have = {one.guardian_id for one in held}
            for agent in agents:
                if agent.pk not in have and agent.pk != student.pk:
                    have.add(agent.pk)
                    relation = self._relation(agent, words.get(agent.pk, set()))
                    starts = min(self._start(), today())
                    made.append(
                        Guardianship(
                            guardian=agent, student=student, relation=relation, starts=starts, is_primary=not primary
                        )
                    )
                    primary = True
                    self.done.count("new", "agentSourcedIds")
        Guardianship.objects.bulk_update(ended, ["ends", "is_primary"], batch_size=300)
        Guardianship.objects.bulk_create(made, batch_size=500)

    def _start(self) -> date:
        years = [year.starts for year in self.on.years.values()]
        return min(years, default=today())

    def _role_words(self) -> dict[str, set[str]]:
        words: dict[str, set[str]] = {}
        if self.set.version == V11:
            for record in self.set.rows.get("users", []):
                words.setdefault(record.get("sourcedId"), set()).add(record.get("role"))
        for record in self.set.rows.get("roles", []):
            words.setdefault(record.get("userSourcedId"), set()).add(record.get("role"))
        return words

    @staticmethod
    def _relation(agent: User, words: set[str]) -> str:
        """Father or mother by the gender, unless the agent is called a guardian or relative only."""
        if words and words <= {"guardian", "relative"}:
            return Guardianship.Relation.OTHER
        by_gender = {"M": Guardianship.Relation.FATHER, "F": Guardianship.Relation.MOTHER}
        return by_gender.get(agent.gender, Guardianship.Relation.OTHER)
