"""OneRoster sets in and out: nothing is lost on the way round, and what is wrong is named by file, row and column."""

import csv
import io
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from school.dated import today
from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    Node,
    School,
    SchoolClass,
    SchoolYear,
    TeachingAssignment,
)
from school.roles import Role
from school.roster.models import SourcedId
from school.roster.oneroster.columns import FILES, OTHER_FILES, V11, V12, VERSIONS, columns_of, files_of
from school.roster.oneroster.files import SetRefused, read_set
from school.roster.services import oneroster_export, oneroster_import

pytestmark = pytest.mark.django_db


def export(version: str, schools: list[School] | None = None, since=None) -> bytes:
    found = schools or list(School.objects.select_related("node").order_by("pk"))
    return oneroster_export(version=version, schools=found, by=None, since=since)


def opened(content: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
        }


def edited(content: bytes, **changes: Callable[[str], str | None]) -> bytes:
    """The set with some files rewritten as text; None leaves a file out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            text = archive.read(name).decode()
            changed = changes.get(name.removesuffix(".csv"), str)(text)
            if changed is not None:
                target.writestr(name, changed.encode())
    return out.getvalue()


def emptied() -> None:
    """A data base as a new district has it: no school, no person, no id of a set."""
    for table in (
        "roster_sourcedid", "organisation_guardianship", "organisation_enrolment", "organisation_teachingassignment",
        "organisation_homeroomassignment", "organisation_membership", "organisation_schoolclass",
        "organisation_schoollevel", "organisation_school", "organisation_subjectplan", "organisation_week",
        "organisation_term", "organisation_schoolyear", "organisation_node", "identity_user",
    ):  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"delete from {table}")


@pytest.fixture
def full(world):
    """The cast with what a set may lose: a mother who teaches, a guardian, e-mail, phones, a librarian, a left pupil."""
    a = world.a
    Guardianship.objects.create(guardian=a.teacher, student=a.student, relation="mother", starts=world.year.starts)
    Guardianship.objects.create(guardian=a.librarian, student=a.student2, relation="other", starts=world.year.starts)
    User.objects.filter(pk=a.teacher.pk).update(email="toan@truong.example", phone="+84912345678", gender="F")
    User.objects.filter(pk=a.student.pk).update(gender="M")
    User.objects.filter(pk=a.student2.pk).update(is_active=False)
    one_word = User.objects.create_user(code="HS-1", full_name="Ánh")
    Enrolment.objects.create(student=one_word, school_class=a.class2, school=a.school, starts=world.year.starts)
    Membership.objects.create(user=a.teacher2, role=Role.EMPLOYEE, node=a.school.node, starts=world.year.starts)
    return world


def problems(content: bytes, **options) -> list[tuple[str, int, str]]:
    return [(one.file, one.row, one.column) for one in oneroster_import(content=content, **options).problems]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_set_written_into_an_empty_data_base_is_written_out_equal(full, version):
    first = export(version)
    emptied()
    taken = oneroster_import(content=first)
    assert [str(one) for one in taken.problems] == []
    assert taken.written
    assert {file: len(rows) for file, rows in opened(first).items() if file != "manifest"} == {
        "orgs": 3,
        "academicSessions": 3,
        "courses": 6,
        "classes": 8,
        "users": 25,
        "enrollments": 21,
        "demographics": 11,
    } | ({"roles": 28} if version == V12 else {})
    assert opened(export(version)) == opened(first)
    assert export(version) == first
    again = oneroster_import(content=first)
    assert again.written
    assert not again.done.anything


def test_a_set_of_1_1_goes_out_as_1_2_with_the_same_people_and_relations(full):
    first = opened(export(V11))
    content = export(V11)
    emptied()
    assert oneroster_import(content=content).written
    second = opened(export(V12))
    for file in ("orgs", "academicSessions", "courses", "classes", "enrollments", "demographics"):
        assert second[file] == first[file], file
    old = {row["sourcedId"]: row for row in first["users"]}
    for row in second["users"]:
        for name in (
            "username",
            "givenName",
            "familyName",
            "middleName",
            "email",
            "phone",
            "agentSourcedIds",
            "enabledUser",
        ):
            assert row[name] == old[row["sourcedId"]][name]
    places = {(row["userSourcedId"], row["orgSourcedId"]) for row in second["roles"]}
    assert places == {(key, org) for key, row in old.items() for org in row["orgSourcedIds"].split(",")}
    assert {row["roleType"] for row in second["roles"]} == {"primary", "secondary"}


def test_the_history_of_relations_comes_over_with_its_dates(full):
    content = export(V12)
    emptied()
    oneroster_import(content=content)
    child = User.objects.get(ministry_code=full.a.student.ministry_code)
    assert child.enrolments.get().starts == full.year.starts
    relations = {one.guardian.full_name: one for one in child.guarded_by.select_related("guardian")}
    assert {name: one.relation for name, one in relations.items()} == {
        "Đặng Văn Cha": "father",
        "Nguyễn Thị Toán": "mother",
    }
    assert relations["Đặng Văn Cha"].is_primary
    assert TeachingAssignment.objects.count() == 4
    assert HomeroomAssignment.objects.count() == 2
    assert Membership.objects.filter(role=Role.VICE_PRINCIPAL).count() == 2
    assert SchoolYear.objects.get().starts == full.year.starts
    assert not child.has_usable_password()


@pytest.mark.parametrize("version", VERSIONS)
def test_files_and_headings_are_those_of_the_standard_in_its_order(full, version):
    found = opened(export(version))
    with zipfile.ZipFile(io.BytesIO(export(version))) as archive:
        for name in files_of(version):
            if name == "userProfiles":
                continue
            head = archive.read(f"{name}.csv").decode().split("\r\n")[0].split(",")
            assert head == [column.name for column in columns_of(name, version)]
    said = {row["propertyName"]: row["value"] for row in found["manifest"]}
    assert said["oneroster.version"] == version
    assert {name for name in said if name.startswith("file.")} == {
        f"file.{name}" for name in [*files_of(version), *OTHER_FILES[version]]
    }
    assert said["file.users"] == "bulk"
    assert said["file.results"] == "absent"
    assert all(row["status"] == row["dateLastModified"] == "" for row in found["users"])


def test_ids_of_a_foreign_set_are_kept_and_stay_the_same(full):
    content = export(V12)
    for number, one in enumerate(SourcedId.objects.filter(file="users").order_by("pk")):
        content = edited(
            content, **dict.fromkeys(FILES, lambda text, one=one, n=number: text.replace(one.sourced_id, f"ext-{n}"))
        )
    emptied()
    assert oneroster_import(content=content).written
    ids = {row["sourcedId"] for row in opened(export(V12))["users"]}
    assert all(one.startswith("ext-") for one in ids)
    assert {row["sourcedId"] for row in opened(export(V11))["users"]} == ids


def test_a_delta_holds_what_has_changed_and_what_is_there_no_longer(full):
    full_set = opened(export(V12))
    SourcedId.objects.update(changed=None)
    SourcedId.objects.update(changed="2020-01-01T00:00:00Z")
    assert opened(export(V12, since=today())).keys() == {"manifest"}
    User.objects.filter(pk=full.a.student.pk).update(full_name="Đặng Minh Ân", given_name="Ân")
    left = Enrolment.objects.get(student=full.a.student2)
    Enrolment.objects.filter(pk=left.pk).update(
        starts=today() - timedelta(9), ends=today() - timedelta(1), status="left"
    )
    delta = opened(export(V12, since=today()))
    changed = {row["username"]: row["status"] for row in delta["users"]}
    assert changed[full.a.student.code] == "active"
    assert changed[full.a.student2.code] == "tobedeleted"
    gone = [row for row in delta["enrollments"] if row["status"] == "tobedeleted"]
    assert len(gone) == 3
    assert {row["classSourcedId"] for row in gone} <= {row["sourcedId"] for row in full_set["classes"]}
    assert all(row["dateLastModified"].endswith("Z") for row in delta["users"])
    said = {row["propertyName"]: row["value"] for row in delta["manifest"]}
    assert (said["file.users"], said["file.orgs"]) == ("delta", "absent")


def test_a_delta_that_came_in_ends_relations_with_a_date_and_loses_no_history(full):
    export(V12)
    SourcedId.objects.update(changed="2020-01-01T00:00:00Z")
    Enrolment.objects.filter(student=full.a.student2).update(starts=today() - timedelta(9), ends=today() - timedelta(1))
    delta = export(V12, since=today())
    Enrolment.objects.filter(student=full.a.student2).update(ends=None)
    taken = oneroster_import(content=delta)
    assert taken.written, taken.problems
    enrolment = Enrolment.objects.get(student=full.a.student2)
    assert enrolment.ends is not None
    assert User.objects.filter(pk=full.a.student2.pk).exists()


def test_a_whole_list_of_enrolments_ends_what_it_no_longer_holds(full):
    content = export(V12)
    gone = SourcedId.objects.get(
        file="enrollments", key=f"enrolment:{Enrolment.objects.get(student=full.a.student).pk}"
    )
    without = edited(
        content, enrollments=lambda text: "\r\n".join(x for x in text.split("\r\n") if gone.sourced_id not in x)
    )
    # The rows in the classes of subjects speak of the same pupil.
    student = SourcedId.objects.get(file="users", key=f"user:{full.a.student.pk}").sourced_id
    without = edited(without, enrollments=lambda text: "\r\n".join(x for x in text.split("\r\n") if student not in x))
    assert oneroster_import(content=without).done.ended == {"enrollments": 1}
    assert Enrolment.objects.get(student=full.a.student).ends is not None


def test_a_pupil_in_another_class_is_moved_and_keeps_the_first_one_in_the_history(full):
    content = export(V11)
    one, other = (
        SourcedId.objects.get(file="classes", key=f"class:{c.pk}").sourced_id for c in (full.a.class1, full.a.class2)
    )
    student = SourcedId.objects.get(file="users", key=f"user:{full.a.student.pk}").sourced_id
    moved = edited(
        content,
        enrollments=lambda text: "\r\n".join(
            x.replace(one, other) if student in x and one in x else x
            for x in text.split("\r\n")
            if not (student in x and one not in x)
        ),
    )
    taken = oneroster_import(content=moved)
    assert taken.written, taken.problems
    running = Enrolment.objects.get(student=full.a.student, ends__isnull=True)
    assert running.school_class == full.a.class2
    assert Enrolment.objects.filter(student=full.a.student).count() == 2


# What is wrong is named, and nothing changes.


def everything() -> dict[str, int]:
    models = (User, Node, School, SchoolClass, Enrolment, Membership, Guardianship, TeachingAssignment, SourcedId)
    return {model.__name__: model.objects.count() for model in models}


WRONG = {
    "a date the wrong way round": ("academicSessions", "2026-09-05", "5/09/2026", "startDate"),
    "a day that there is not": ("academicSessions", "2026-09-05", "2026-02-30", "startDate"),
    "a misspelt heading": ("users", "preferredGivenName", "prefferedGivenName", "prefferedGivenName"),
    "a heading cut short": ("users", "dateLastModified", "dataLastModified", "dataLastModified"),
    "a wrong word": ("classes", "homeroom", "homerooms", "classType"),
    "a word of 1.1 in 1.2": ("roles", ",principal,", ",administrator,", "role"),
    "a wrong truth": ("users", ",true,", ",yes,", "enabledUser"),
    "a year of two digits": ("academicSessions", ",2027\r\n", ",27\r\n", "schoolYear"),
    "an address without @": ("users", "toan@truong.example", "toan.truong.example", "email"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_is_named_at_its_place_and_nothing_changes(full, name):
    file, before, after, column = WRONG[name]
    if "2026" in before:
        before = full.year.starts.isoformat()
    if ",2027" in before:
        before = f",{full.year.ends.year}\r\n"
    content = export(V12)
    broken = edited(content, **{file: lambda text: text.replace(before, after, 1)})
    assert broken != content
    state = everything()
    found = problems(broken)
    assert [(one[0], one[2]) for one in found] == [(f"{file}.csv", column)]
    assert everything() == state


def test_a_misspelt_heading_is_told_with_the_right_one(full):
    broken = edited(export(V12), users=lambda text: text.replace("preferredGivenName", "prefferedGivenName"))
    (problem,) = oneroster_import(content=broken).problems
    assert "preferredGivenName" in problem.message
    assert (problem.row, problem.value) == (1, "prefferedGivenName")


def test_unknown_references_doubled_ids_blank_cells_and_short_rows_are_named_by_row(full):
    content = export(V12)
    line = next(row for row in opened(content)["enrollments"])
    broken = edited(content, enrollments=lambda text: text.replace(line["userSourcedId"], "nobody", 1))
    assert problems(broken) == [("enrollments.csv", 2, "userSourcedId")]
    twice = edited(content, orgs=lambda text: text + text.split("\r\n")[1] + "\r\n")
    assert [one[2] for one in problems(twice)] == ["sourcedId"]
    blank = edited(content, users=lambda text: text.replace(f",{full.a.student.code},", ",,", 1))
    assert [(one[0], one[2]) for one in problems(blank)] == [("users.csv", "username")]
    short = edited(content, users=lambda text: text + "x,,\r\n")
    assert [one[0] for one in problems(short)] == ["users.csv"]


def test_files_missing_or_too_many_are_named(full):
    content = export(V12)
    assert problems(edited(content, classes=lambda text: None))[0] == ("classes.csv", 1, "")
    absent = edited(content, manifest=lambda text: text.replace("file.classes,bulk", "file.classes,absent"))
    assert ("classes.csv", 1, "") in problems(absent)
    unsaid = edited(content, manifest=lambda text: text.replace("file.roles,bulk\r\n", ""))
    assert ("manifest.csv", 1, "file.roles") in problems(unsaid)
    strange = edited(content, manifest=lambda text: text.replace("file.roles,bulk", "file.rolls,bulk"))
    assert any(one[2] == "file.rolls" for one in problems(strange))
    mode = edited(content, manifest=lambda text: text.replace("file.users,bulk", "file.users,all"))
    assert any(one[2] == "file.users" for one in problems(mode))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: None,
        lambda text: text.replace("oneroster.version,1.2", "oneroster.version,2.0"),
        lambda text: text.replace("propertyName,value", "name,value"),
        lambda text: text.replace("source.systemName,", 'source.systemName,"', 1),
    ],
)
def test_a_set_that_cannot_be_read_at_all_is_refused_in_a_sentence(full, change):
    taken = oneroster_import(content=edited(export(V12), manifest=change))
    assert taken.refusal.endswith(".")
    assert not taken.written


def test_marks_of_byte_order_line_ends_folders_and_metadata_do_no_harm(full):
    content = export(V12)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            text = archive.read(name).decode().replace("\r\n", "\n")
            if name == "orgs.csv":
                lines = text.strip().split("\n")
                text = "\n".join([f"{lines[0]},metadata.x", *(f"{line},1" for line in lines[1:])])
            target.writestr(f"set/{name}", b"\xef\xbb\xbf" + text.encode())
    assert problems(out.getvalue()) == []


def test_letters_that_are_no_utf_8_are_refused(full):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(export(V12))) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            target.writestr(name, archive.read(name).replace("Đặng".encode(), b"\xd0\xf0ng"))
    assert "users.csv" in oneroster_import(content=out.getvalue()).refusal


def hostile(kind: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", "propertyName,value\noneroster.version,1.2\n")
        if kind == "bomb":
            archive.writestr("users.csv", b"0" * (40 * 1024 * 1024))
        elif kind == "many files":
            for number in range(100):
                archive.writestr(f"{number}.csv", "x")
        elif kind == "path":
            archive.writestr("../users.csv", "x")
        elif kind == "link":
            entry = zipfile.ZipInfo("users.csv")
            entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["bomb", "many files", "path", "link"])
def test_hostile_archives_are_refused(kind):
    with pytest.raises(SetRefused):
        read_set(hostile(kind))


def test_the_good_rows_are_kept_only_when_that_is_accepted(full):
    content = export(V12)
    emptied()
    broken = edited(content, users=lambda text: text.replace("toan@truong.example", "nonsense"))
    assert not oneroster_import(content=broken).written
    assert not User.objects.exists()
    taken = oneroster_import(content=broken, accept_valid=True)
    assert taken.written
    assert not User.objects.filter(code=full.a.teacher.code).exists()
    assert User.objects.filter(code=full.a.student.code).exists()
    assert len(taken.problems) == 1


def test_a_set_does_not_change_the_platforms_own_accounts(full):
    User.objects.create_superuser(code="root", full_name="Người Vận Hành", email="root@x.example")
    broken = edited(export(V12), users=lambda text: text.replace(f",{full.a.student.code},", ",root,", 1))
    SourcedId.objects.filter(file="users", key=f"user:{full.a.student.pk}").delete()
    assert ("users.csv", "username") in {(one[0], one[2]) for one in problems(broken)}
    assert User.objects.get(code="root").email == "root@x.example"


def test_a_cell_longer_than_its_place_is_named(full):
    name = opened(export(V12))["users"][0]["familyName"]
    long = edited(export(V12), users=lambda text: text.replace(f",{name},", f",{'x' * 300},", 1))
    assert [(one[0], one[2]) for one in problems(long)] == [("users.csv", "familyName")]


def test_the_commands_write_and_read_sets_and_a_report(full, tmp_path):
    out, set_path, report = io.StringIO(), tmp_path / "set.zip", tmp_path / "faults.csv"
    call_command("oneroster_export", "--version", "1.1", "--school", full.a.school.code, str(set_path), stdout=out)
    assert {row["name"] for row in opened(set_path.read_bytes())["orgs"] if row["type"] == "school"} == {
        full.a.school.name
    }
    call_command("oneroster_import", str(set_path), "--dry-run", stdout=out)
    set_path.write_bytes(edited(set_path.read_bytes(), users=lambda text: text.replace(",true,", ",yes,", 1)))
    with pytest.raises(CommandError):
        call_command("oneroster_import", str(set_path), "--report", str(report), stdout=out, stderr=out)
    rows = list(csv.DictReader(report.open(encoding="utf-8")))
    assert [(row["file"], row["column"], row["value"]) for row in rows] == [("users.csv", "enabledUser", "yes")]
    with pytest.raises(CommandError):
        call_command("oneroster_export", "--school", "nowhere", str(set_path), stdout=out)


def test_an_export_is_told_to_the_trail(full):
    from school.audit.models import Entry

    oneroster_export(version=V12, schools=[full.a.school], by=full.office_admin)
    entry = Entry.objects.filter(action="exported").latest("pk")
    assert (entry.actor_id, entry.detail["what"], entry.detail["rows"] > 10) == (
        full.office_admin.pk,
        "OneRoster 1.2",
        True,
    )
