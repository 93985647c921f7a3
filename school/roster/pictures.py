"""What OneRoster REST tells of each school: its set as the CSV would tell it, kept row by row with the date of each change.

Taken by the worker, never within a request. One school at a time, so what it costs does not grow with the district.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from school.oidc.models import Application
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    School,
    SchoolYear,
    TeachingAssignment,
)
from school.roster.models import RestPicture, RestRow, SourcedId
from school.roster.oneroster.columns import V12, files_of
from school.roster.oneroster.ids import Ids
from school.roster.oneroster.telling import Telling, Told, going_on

# A picture is taken anew when it is older; whoever reads is told of no change later than this and the taking need.
FRESH = datetime.timedelta(minutes=10)
# Older ones are not told any more: the worker has stopped, and who has left would stay in other programmes for ever.
STALE = datetime.timedelta(hours=24)
# What is gone is told as "tobedeleted" for so long, whole as it was told last, and then forgotten.
GONE = datetime.timedelta(days=90)
_AT_ONCE = 1000
# Files in whose rows the same thing may stand for several schools.
SHARED = ("academicSessions", "orgs", "users", "demographics")
# By which cells rows are found, by file: the person, the place above or around, the word.
_PERSON = {"roles": "userSourcedId", "enrollments": "userSourcedId", "users": "sourcedId", "demographics": "sourcedId"}
_PLACE = {
    "academicSessions": "parentSourcedId",
    "orgs": "parentSourcedId",
    "classes": "courseSourcedId",
    "enrollments": "classSourcedId",
}
_WORD = {"academicSessions": "type", "orgs": "type", "classes": "classType", "roles": "role", "enrollments": "role"}


def schools_read() -> Any:
    """The schools that some application which is turned on may read."""
    found = Q(pk__in=[])
    readers = Application.objects.filter(kind=Application.Kind.ROSTER, enabled=True).select_related("office")
    for reader in readers:
        found |= schools_condition(reader)
    return School.objects.filter(found)


def schools_condition(reader: Application) -> Q:
    """Which schools an application may read: its office's, all of them or the chosen ones among them."""
    below = Q(node__path__startswith=reader.office.path)
    if reader.all_schools:
        return below
    # A subquery by the link table: a join would count a school once for every application.
    return below & Q(pk__in=Application.schools.through.objects.filter(application=reader).values("school"))


def pictures_due() -> list[int]:
    """Ids of the schools whose picture is missing or no longer fresh, those that wait longest first."""
    fresh = set(RestPicture.objects.filter(taken__gt=timezone.now() - FRESH).values_list("pk", flat=True))
    ages = dict(RestPicture.objects.values_list("pk", "taken"))
    first = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    wanted = [pk for pk in schools_read().order_by("pk").values_list("pk", flat=True) if pk not in fresh]
    return sorted(wanted, key=lambda pk: ages.get(pk, first))


def pictures_forget() -> int:
    """Drop the pictures of schools that nobody reads any more; returns how many."""
    over = RestPicture.objects.exclude(pk__in=schools_read().values("pk"))
    schools = list(over.values_list("pk", flat=True))
    RestRow.objects.filter(school__in=schools).delete()
    RestPicture.objects.filter(pk__in=schools).delete()
    return len(schools)


def moment_now() -> datetime.datetime:
    """This moment, rounded up to what is told of it (thousandths): what a reader is told is what it is compared with."""
    now = timezone.now()
    return now - datetime.timedelta(microseconds=now.microsecond % 1000) + datetime.timedelta(milliseconds=1)


def picture_take(school_id: int) -> int:
    """Picture one school anew, in one transaction; returns how many rows have changed since the last picture.

    An import may give ids at the same moment: then this is tried once more with what it gave.
    """
    school = School.objects.select_related("node").filter(pk=school_id).first()
    if school is None:
        return 0
    try:
        with transaction.atomic():
            changed, mark = _take(school)
    except IntegrityError:
        with transaction.atomic():
            changed, mark = _take(school)
    _mark_shared(school)  # once more: another school may have been pictured at the same moment
    if changed:
        # Rows can be read from now on only. Dated as they were written, a reader who looked in between, and asks next
        # time for what has changed since then, would never be told.
        RestRow.objects.filter(school=school, changed=mark).update(changed=moment_now())
    return changed


def _take(school: School) -> tuple[int, datetime.datetime]:
    RestPicture.objects.select_for_update().filter(pk=school.pk).first()
    told, ids = _told(school)
    ids.write()
    now = moment_now()
    found = {file: rows for file, rows in told.items() if file in files_of(V12)}
    rows = sum(map(len, found.values()))
    # Roles are a part of their person's answer: whose role has changed has changed.
    moved = _compare(school, "roles", found.get("roles", ()), now)
    held: dict[str, str] = {}
    for one in found.get("roles", ()):
        person = one.cells["userSourcedId"]
        held[person] = f"{held.get(person, ',')}{one.cells['role']},"
    changed = len(moved)
    for file in files_of(V12):
        if file != "roles":
            also = {row.person for row in moved} if file == "users" else set()
            changed += len(_compare(school, file, found.get(file, ()), now, also, held))
    _mark_shared(school)
    RestRow.objects.filter(school=school, live=False, changed__lt=now - GONE).delete()
    RestPicture.objects.update_or_create(school=school, defaults={"taken": now, "rows": rows})
    return changed, now


def _mark_shared(school: School) -> None:
    """Note which of the school's rows stand at another school too, at both."""
    others = RestRow.objects.filter(file=OuterRef("file"), sourced_id=OuterRef("sourced_id")).exclude(school=school)
    found = RestRow.objects.filter(Exists(others), school=school, file__in=SHARED, elsewhere=False)
    for file, sourced_id in list(found.values_list("file", "sourced_id")):
        RestRow.objects.filter(file=file, sourced_id=sourced_id, elsewhere=False).update(elsewhere=True)


def _told(school: School) -> tuple[dict[str, list[Told]], Ids]:
    """The rows of the school's set; of all ids only those that can be its own are read."""
    known = list(_ids_near(school))
    while True:
        ids = Ids(known)
        told = Telling(ids, [school]).gather()
        missed = ids.missed()
        if not missed:
            return told, ids
        known += missed


def _ids_near(school: School) -> Iterator[SourcedId]:
    yield from SourcedId.objects.filter(Q(school=school) | Q(school__isnull=True)).defer("cells").iterator(2000)
    keys = [f"user:{pk}" for pk in _people(school)]
    for at in range(0, len(keys), 500):
        own = Q(file__in=["users", "demographics"], key__in=keys[at : at + 500])
        yield from SourcedId.objects.filter(own).exclude(Q(school=school) | Q(school__isnull=True)).defer("cells")


def _people(school: School) -> set[int]:
    year = SchoolYear.objects.current()
    classes = {"school_class__school": school, "school_class__year": year}
    pupils = set(Enrolment.objects.filter(going_on(), **classes).values_list("student", flat=True))
    found = pupils | set(Membership.objects.filter(going_on(), node=school.node_id).values_list("user", flat=True))
    found |= set(TeachingAssignment.objects.filter(going_on(), **classes).values_list("teacher", flat=True))
    found |= set(HomeroomAssignment.objects.filter(going_on(), **classes).values_list("teacher", flat=True))
    listed = sorted(pupils)
    for at in range(0, len(listed), 500):
        guardians = Guardianship.objects.filter(going_on(), student__in=listed[at : at + 500])
        found |= set(guardians.values_list("guardian", flat=True))
    return found


def _compare(
    school: School,
    file: str,
    told: Iterable[Told],
    now: datetime.datetime,
    also: Collection[str] = (),
    held: Mapping[str, str] = MappingProxyType({}),
) -> list[RestRow]:
    """Bring the kept rows of a file to what is told now; only what differs is written, and those of ids ``also``.

    ``held`` are the roles of users, between commas.
    """
    kept = {one.sourced_id: one for one in RestRow.objects.filter(school=school, file=file).iterator(2000)}
    new: list[RestRow] = []
    differs: list[RestRow] = []
    for one in told:
        cells = one.cells
        row = kept.pop(cells["sourcedId"], None)
        if row is None:
            row = RestRow(school=school, file=file, sourced_id=cells["sourcedId"])
            new.append(row)
        elif row.live and row.cells == cells and row.sourced_id not in also:
            continue
        else:
            differs.append(row)
        row.cells, row.live, row.changed = cells, True, now
        row.person, row.place, row.word = (cells.get(places.get(file, ""), "") for places in (_PERSON, _PLACE, _WORD))
        if file == "users":
            row.word = held.get(row.sourced_id, "")
    gone = [row for row in kept.values() if row.live]
    for row in gone:
        row.live, row.changed = False, now
    RestRow.objects.bulk_create(new, batch_size=_AT_ONCE)
    RestRow.objects.bulk_update(differs, ["cells", "live", "changed", "person", "place", "word"], batch_size=200)
    at_once = [row.pk for row in gone]
    for at in range(0, len(at_once), _AT_ONCE):
        RestRow.objects.filter(pk__in=at_once[at : at + _AT_ONCE]).update(live=False, changed=now)
    return [*new, *differs, *gone]
