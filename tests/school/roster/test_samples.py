"""The lists of two schools as they were sent, sound and broken."""

import csv
import io
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict

from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    School,
    SchoolClass,
    TeachingAssignment,
)
from school.roles import Role
from school.roster.models import RosterImport
from tests.shared import shared

CODES = {"thcs_ngoc_lam": "01004039", "th_ai_mo_a": "01004001"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    call_command("district_import", str(shared("samples/district/schools.csv")))


def load(kind: str, school: str, *options: str, dirty: str = "") -> str:
    out = io.StringIO()
    path = shared(f"samples/district/{kind}_{school}{dirty}.xlsx")
    call_command("roster_import", str(path), *options, school=CODES[school], kind=kind, stdout=out, stderr=out)
    return out.getvalue()


def database() -> dict:
    """Every row of the people and the organisation, passwords left out: those are random marks."""
    models = [*apps.get_app_config("organisation").get_models(), User, RosterImport]
    return {
        model.__name__: sorted(
            (str(model_to_dict(row, exclude=["password", "content"])) for row in model._base_manager.all()),
        )
        for model in models
    }


def test_the_district_has_its_54_schools_and_loading_it_again_changes_nothing(district):
    assert School.objects.count() == 54
    assert School.objects.get(code="01004039").levels == ["lower_secondary"]
    before = database()
    call_command("district_import", str(shared("samples/district/schools.csv")))
    assert database() == before


@pytest.mark.parametrize("school", CODES)
@pytest.mark.parametrize("first", ["dirty alone", "after the sound list"])
def test_exactly_the_faults_of_the_broken_list_are_reported(district, tmp_path: Path, school, first):
    if first == "after the sound list":
        load("students", school)
    before = database()
    report = tmp_path / "report.csv"
    with pytest.raises(CommandError):
        load("students", school, "--report", str(report), dirty="_dirty")
    assert database() == before
    found = list(csv.DictReader(report.open(encoding="utf-8")))
    assert list(found[0]) == ["row", "column", "value", "message"]
    expected = csv.DictReader(shared(f"samples/district/students_{school}_dirty.faults.csv").open(encoding="utf-8"))
    places = {(one["row_in_sheet"], one["column"]) for one in expected if not one["fault"].startswith("none")}
    assert {(one["row"], one["column"]) for one in found} == places
    assert len(found) == len(places)
    assert all(one["message"] for one in found)


@pytest.mark.parametrize(("school", "pupils", "classes"), [("thcs_ngoc_lam", 497, 12), ("th_ai_mo_a", 359, 10)])
def test_a_sound_school_is_loaded_whole_and_a_second_time_changes_nothing(district, school, pupils, classes):
    for kind in ("staff", "students", "teaching"):
        load(kind, school)
    node = School.objects.get(code=CODES[school]).node
    assert Enrolment.objects.current().count() == pupils
    assert SchoolClass.objects.count() == classes
    assert HomeroomAssignment.objects.current().count() == classes
    assert Guardianship.objects.current().count() > pupils
    assert Membership.objects.current().filter(node=node, role=Role.PRINCIPAL).count() == 1
    assert Membership.objects.current().filter(node=node, role=Role.VICE_PRINCIPAL).count() == 1
    assert Membership.objects.current().filter(node=node, role=Role.LIBRARIAN).count() == 1
    assert Membership.objects.current().filter(node=node, role=Role.SCHOOL_ADMIN).count() == 1
    assert TeachingAssignment.objects.current().exists()
    before = database()
    for kind in ("staff", "students", "teaching"):
        load(kind, school)
    assert database() == before


def test_a_trial_of_a_sound_list_writes_nothing(district):
    before = database()
    assert "497" in load("students", "thcs_ngoc_lam", "--dry-run")
    assert database() == before


def test_the_good_rows_of_a_broken_list_are_kept_only_when_asked(district):
    load("students", "thcs_ngoc_lam", "--accept-valid", dirty="_dirty")
    assert Enrolment.objects.current().count() == 497 - 9
    before = database()
    load("students", "thcs_ngoc_lam", "--accept-valid", dirty="_dirty")
    assert database() == before


def test_a_list_of_another_school_is_refused_whole(district):
    path = shared("samples/district/students_thcs_ngoc_lam.xlsx")
    with pytest.raises(CommandError, match="THCS Ngọc Lâm"):
        call_command("roster_import", str(path), school="01004001", kind="students")
    assert not Enrolment.objects.exists()


def test_a_list_of_another_kind_is_refused_whole(district):
    path = shared("samples/district/staff_thcs_ngoc_lam.xlsx")
    with pytest.raises(CommandError):
        call_command("roster_import", str(path), school="01004039", kind="students")
    assert not User.objects.exists()
