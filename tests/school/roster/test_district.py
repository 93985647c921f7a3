"""The office's list of schools."""

import io

import pytest
from django.core.management import CommandError, call_command

from school.organisation.models import Node, School
from school.roster.processing.tables import TableError
from school.roster.services import district_import

pytestmark = pytest.mark.django_db

HEAD = "code,name,level,ward,email,phone\n"


def load(*lines: str, head: str = HEAD, encoding: str = "utf-8-sig", **options):
    return district_import(content=(head + "\n".join(lines)).encode(encoding), **options)


@pytest.mark.parametrize(
    "written",
    ["primary;lower_secondary", "lower_secondary, primary", "primary+lower_secondary", "TH & THCS", "Tiểu học / THCS",
     "primary|lower_secondary", "primary lower_secondary"],
)  # fmt: skip
def test_a_school_may_hold_several_levels(written):
    line = f'01004060,Trường TH và THCS Bồ Đề,"{written}",Bồ Đề,,'
    assert load(line).new == 1
    assert School.objects.get().levels == ["primary", "lower_secondary"]


def test_schools_stand_below_the_office_under_host_names_of_their_own():
    load(
        "1,Trường THCS Ngọc Lâm,lower_secondary,Ngọc Lâm,,",
        "2,Trường THCS Ngọc Lâm,lower_secondary,Bồ Đề,,",
        office="LB",
    )
    office = Node.objects.get(name="LB")
    assert {school.node.parent for school in School.objects.all()} == {office}
    assert School.objects.get(code="1").slug == "thcs-ngoc-lam"
    assert School.objects.get(code="2").slug != "thcs-ngoc-lam"


def test_a_corrected_list_changes_the_school_and_blank_cells_say_nothing():
    load("1,Trường THCS A,lower_secondary,Bồ Đề,a@x.example,0912345678")
    outcome = load("1,Trường TH và THCS A,primary;lower_secondary,,,")
    assert (outcome.new, outcome.changed) == (0, 1)
    school = School.objects.get()
    assert (school.name, school.node.name, school.ward) == ("Trường TH và THCS A", "Trường TH và THCS A", "Bồ Đề")
    assert (school.phone, school.levels) == ("+84912345678", ["primary", "lower_secondary"])


def test_bad_rows_are_named_and_the_others_taken():
    outcome = load(
        "1,Trường A,primary,,,",
        "1,Trường B,primary,,,",
        "3,,primary,,,",
        "4,Trường D,mẫu giáo lớn,,,",
        "5,Trường E,primary,,không phải thư,123",
        '6,"=HYPERLINK(""x"")",primary,,,',
        "7,Trường G,primary,,,",
    )
    assert [(fault.row, fault.column) for fault in outcome.faults] == [
        (3, "code"),
        (4, "name"),
        (5, "level"),
        (6, "phone"),
        (6, "email"),
        (7, "name"),
    ]
    assert set(School.objects.values_list("code", flat=True)) == {"1", "7"}


def test_what_is_no_list_of_schools_is_refused():
    with pytest.raises(TableError):
        load("a,b", head="x,y\n")
    assert not School.objects.exists()


def test_the_command_names_bad_rows_and_ends_with_an_error(tmp_path):
    path = tmp_path / "schools.csv"
    path.write_text(HEAD + "1,Trường A,primary,,,\n2,Trường B,sai,,,\n", encoding="utf-8-sig")
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("district_import", str(path), stdout=said, stderr=said)
    assert "sai" in said.getvalue()
    assert School.objects.count() == 1
