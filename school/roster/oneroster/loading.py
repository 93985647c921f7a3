"""A read set into the data base: after the places the people, their posts, and who belongs where."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from school.dated import today
from school.identity.models import User
from school.organisation.models import (
    Membership,
    School,
    SchoolYear,
)
from school.organisation.services import catalogues_ensure
from school.phones import normalise_phone
from school.roles import Role
from school.roster.oneroster.columns import V11, columns_of
from school.roster.oneroster.files import Record
from school.roster.oneroster.places import Done, Places
from school.roster.oneroster.placing import Placing
from school.roster.oneroster.telling import ROLES_12
from school.roster.writing.known import chunks
from school.roster.writing.people import last_day, new_person, person_change
from school.text import clean

# What is kept of each file; other columns with values are named.
_KEPT = {
    "orgs": {"name", "type", "identifier", "parentSourcedId"},
    "academicSessions": {"title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"},
    "courses": {"title", "courseCode", "orgSourcedId", "subjects", "subjectCodes", "grades", "schoolYearSourcedId"},
    "classes": {"title", "grades", "courseSourcedId", "classCode", "classType", "schoolSourcedId", "termSourcedIds",
                "subjects", "subjectCodes"},
    "users": {"enabledUser", "orgSourcedIds", "role", "username", "givenName", "familyName", "middleName", "identifier",
              "email", "sms", "phone", "agentSourcedIds", "grades", "primaryOrgSourcedId"},
    "roles": {"userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId"},
    "enrollments": {"classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"},
    "demographics": {"birthDate", "sex"},
    "userProfiles": set(),
}  # fmt: skip
POSTS = {word: role for role, word in ROLES_12.items()} | {
    "administrator": Role.SCHOOL_ADMIN, "counselor": Role.EMPLOYEE, "proctor": Role.EMPLOYEE,
}  # fmt: skip
_AN_ADMINISTRATOR = {Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN}
_AN_AIDE = {Role.LIBRARIAN, Role.EMPLOYEE}


class Loading(Places):
    """Takes a set over, file by file; the caller holds the transaction and takes it back when faults were not accepted.

    `under` limits what may be touched to schools at or below these places (paths); None is everything.
    """

    def load(self) -> Done:
        """Everything, in the order in which files point to each other."""
        catalogues_ensure()
        self._check_references()
        self._note_unkept()
        self._orgs()
        self._sessions()
        self._courses()
        self._classes()
        self._users()
        self._demographics()
        self._roles()
        Placing(self).place()
        self.ids.write()
        return self.done

    # What a set points to.

    def _check_references(self) -> None:
        """Whatever points to nothing is named once, where it points; what points to a faulty row is left with it."""
        there = {file: {one.get("sourcedId") for one in rows} for file, rows in self.set.rows.items()}
        for file, rows in self.set.rows.items():
            pointing = [column for column in columns_of(file, self.set.version) if column.refers]
            for record in rows:
                for column in pointing:
                    wanted = record.ids(column.name) if column.kind == "ids" else [record.get(column.name)]
                    lost = [
                        one
                        for one in wanted
                        if one and one not in there.get(column.refers, ()) and not self.ids.key(column.refers, one)
                    ]
                    if lost and not record.gone:
                        message = _("No row of %(file)s has the id %(id)s.") % {
                            "file": f"{column.refers}.csv",
                            "id": lost[0],
                        }
                        self.add(file, record, column.name, message)

    def _note_unkept(self) -> None:
        for file, rows in self.set.rows.items():
            own = {"sourcedId", "status", "dateLastModified", *_KEPT[file]}
            names = sorted({name for record in rows for name, cell in record.cells.items() if cell and name not in own})
            if names:
                message = _("%(file)s.csv: these columns are not kept here: %(names)s.")
                self.set.note(message % {"file": file, "names": ", ".join(names)})

    # People.

    def _users(self) -> None:
        records = self.set.good("users")
        wanted = {one.get("username") for one in records} | {one.get("identifier") for one in records}
        by_code: dict[str, User] = {}
        by_pk: dict[str, User] = {}
        for part in chunks(sorted(wanted - {""})):
            for user in User.objects.filter(Q(code__in=part) | Q(ministry_code__in=part)):
                by_code[user.code] = user
        known = [self.ids.key("users", one.get("sourcedId")).removeprefix("user:") for one in records]
        for part in chunks([one for one in known if one]):
            by_pk |= {str(user.pk): user for user in User.objects.filter(pk__in=part)}
        beyond = self._beyond([user.pk for user in [*by_code.values(), *by_pk.values()]])
        made: dict[str, User] = {}
        changed: list[User] = []
        for record, key in zip(records, known, strict=True):
            user = by_pk.get(key) or by_code.get(record.get("username"))
            if user is not None and (user.is_staff or user.is_superuser or user.pk in beyond):
                self.add("users", record, "username", _("This account is not your office's. A set does not change it."))
                continue
            if user is None:
                self._new_user(record, made, by_code)
                continue
            self.users[record.get("sourcedId")] = user
            if not record.gone and person_change(user, self._facts(record, user)):
                changed.append(user)
                self.done.count("changed", "users")
        User.objects.bulk_create(made.values(), batch_size=500)
        fields = [
            "full_name",
            "family_middle",
            "given_name",
            "sort_key",
            "search_text",
            "email",
            "phone",
            "is_active",
            "ministry_code",
        ]
        User.objects.bulk_update(changed, fields, batch_size=200)
        for sourced_id, user in [*made.items(), *self.users.items()]:
            self.users[sourced_id] = user
            self.ids.learn("users", sourced_id, f"user:{user.pk}")

    def _beyond(self, people: list[int]) -> set[int]:
        """Those who belong to places that are not the sender's to change."""
        if self.under is None:
            return set()
        found: set[int] = set()
        for part in chunks(people):
            rows = [
                *Membership.objects.current().filter(user__in=part).values_list("user", "node__path"),
                *User.objects.filter(pk__in=part, enrolments__ends__isnull=True).values_list(
                    "pk", "enrolments__school__node__path"
                ),
            ]
            found |= {pk for pk, path in rows if path and not any(path.startswith(one) for one in self.under)}
        return found

    def _facts(self, record: Record, user: User | None = None) -> dict[str, object]:
        family = "" if record.get("familyName") == "-" else record.get("familyName")
        given, before = clean(record.get("givenName"))[:60], clean(f"{family} {record.get('middleName')}")[:120]
        phone = normalise_phone(record.get("phone") or record.get("sms")) or normalise_phone(record.get("sms"))
        found: dict[str, object] = {
            "full_name": clean(f"{before} {given}"), "family_middle": before, "given_name": given,
            "is_active": record.get("enabledUser").lower() != "false",
        }  # fmt: skip
        if record.get("email"):
            found["email"] = record.get("email").lower()
        if phone:
            found["phone"] = phone
        elif record.get("phone") or record.get("sms"):
            note = _("Phone numbers that are not Vietnamese were not kept.")
            self.set.note(note)
        code = record.get("identifier")
        if len(code) == 10 and code.isascii() and code.isdigit() and user is None:
            found["ministry_code"] = code
        return found

    def _new_user(self, record: Record, made: dict[str, User], by_code: dict[str, User]) -> None:
        code = record.get("username")
        if record.gone:
            return
        if code in self._codes or len(code) > 40 or any(c.isspace() for c in code):
            self.add(
                "users", record, "username", _("Another person has this username, or it is longer than 40 letters.")
            )
            return
        facts = self._facts(record)
        number = facts.get("ministry_code")
        if number and (number in self._numbers or any(one.ministry_code == number for one in by_code.values())):
            self.add("users", record, "identifier", _("This code belongs to somebody else already."))
            return
        self._codes.add(code)
        if number:
            self._numbers.add(str(number))
        made[record.get("sourcedId")] = new_person(code, str(facts.pop("full_name")), **facts)
        self.done.count("new", "users")

    def _demographics(self) -> None:
        changed: list[User] = []
        for record in self.set.good("demographics"):
            user = self.user_of(record.get("sourcedId"))
            if user is None or record.gone:
                continue
            found: dict[str, object] = {}
            if record.get("birthDate"):
                found["birth_date"] = date.fromisoformat(record.get("birthDate"))
            if record.get("sex") in ("male", "female"):
                found["gender"] = "M" if record.get("sex") == "male" else "F"
            if person_change(user, found):
                changed.append(user)
                self.done.count("changed", "demographics")
            self.ids.learn("demographics", record.get("sourcedId"), f"user:{user.pk}")
        User.objects.bulk_update(changed, ["birth_date", "gender"], batch_size=500)

    def user_of(self, sourced_id: str) -> User | None:
        """The person that a row names; None for one whose row has a fault."""
        if sourced_id not in self.users and (key := self.ids.key("users", sourced_id)):
            user = User.objects.filter(pk=key.removeprefix("user:")).first()
            if user and not (user.is_staff or user.is_superuser or self._beyond([user.pk])):
                self.users[sourced_id] = user
        return self.users.get(sourced_id)

    # Posts.

    def _roles(self) -> None:
        """Posts at schools. Who studies, and whose parent somebody is, follows from enrolments and agents."""
        wanted: list[tuple[str, Record, User, School, str, str]] = []
        if self.set.version == V11:
            for record in self.set.good("users"):
                for org in record.ids("orgSourcedIds"):
                    self._want("users", record, record.get("sourcedId"), org, wanted)
        else:
            for record in self.set.good("roles"):
                self._want("roles", record, record.get("userSourcedId"), record.get("orgSourcedId"), wanted)
        people = [user.pk for _file, _record, user, *_rest in wanted]
        held: dict[tuple[int, int], list[Membership]] = {}
        for part in chunks(people):
            for one in Membership.objects.filter(Q(ends__isnull=True) | Q(ends__gte=today()), user__in=part):
                held.setdefault((one.user_id, one.node_id), []).append(one)
        made: list[Membership] = []
        ended: list[Membership] = []
        year: SchoolYear | None = SchoolYear.objects.current()
        for file, record, user, school, word, begins in wanted:
            role = POSTS[word]
            mine = held.setdefault((user.pk, school.node_id), [])
            same = [one for one in mine if self._same_post(word, Role(one.role), role)]
            if record.gone or (record.get("endDate") and record.get("endDate") < today().isoformat()):
                for one in same:
                    one.ends = last_day(one.starts)
                    ended.append(one)
                    self.done.count("ended", file)
            elif not same:
                starts = date.fromisoformat(begins) if begins else min(year.starts if year else today(), today())
                one = Membership(user=user, role=role, node_id=school.node_id, starts=starts)
                mine.append(one)
                made.append(one)
                if file == "roles":
                    self.done.count("new", file)
        Membership.objects.bulk_update(ended, ["ends"], batch_size=300)
        Membership.objects.bulk_create(made, batch_size=500)

    def _same_post(self, word: str, held: Role, wanted: Role) -> bool:
        """Whether a post held is what the word means: 1.1 has one word for every head, and one for every helper."""
        if self.set.version == V11 and word == "administrator":
            return held in _AN_ADMINISTRATOR
        if self.set.version == V11 and word == "aide":
            return held in _AN_AIDE
        return held == wanted

    def _want(
        self,
        file: str,
        record: Record,
        user_id: str,
        org: str,
        wanted: list[tuple[str, Record, User, School, str, str]],
    ) -> None:
        word = record.get("role")
        user, school = self.user_of(user_id), self.school_of(org)
        if file == "roles" and user is not None:
            place = f"school:{school.pk}" if school else org
            self.ids.learn(
                "roles", record.get("sourcedId"), f"role:{user.pk}:{place}:{word}"[:80], school.pk if school else None
            )
        if word in ("student", "parent", "guardian", "relative") or user is None:
            return
        if word not in POSTS or word in ("districtAdministrator", "systemAdministrator"):
            note = _("Roles of the office (%(word)s) are given by the office itself and not by a set.") % {"word": word}
            self.set.note(note)
            return
        if school is None or not self._may(school.node):
            if school is not None or org in self.nodes:
                note = _("Posts at places that are no school were not taken over.")
                self.set.note(note)
            return
        wanted.append((file, record, user, school, word, record.get("beginDate")))
