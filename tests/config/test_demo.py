"""The demonstration district is loaded whole, twice without doubles, and nowhere but in the embedded mode."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from config.demo.files import PASSWORD, sign_ins_file
from config.demo.people import NGOC_LAM, STUDENT, person
from gradebook.models import AbsenceSession, Mark, MarkSheet, Remark
from library.models import EBook, Item, Loan, Record
from lms.models import Lesson
from media.models import Asset
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, School, TeachingAssignment
from school.organisation.services import school_create
from school.portal.models import NewsPage

COUNTED = (School, User, Enrolment, Guardianship, TeachingAssignment, Lesson, Asset, MarkSheet, Mark, AbsenceSession)
COUNTED += (Remark, Record, Item, EBook, Loan, NewsPage)


@pytest.fixture
def own_var(tmp_path: Path, settings: Any) -> Path:
    """The test's own folder for what the demonstration writes."""
    settings.VAR = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_the_district_is_whole_and_a_second_loading_adds_nothing(own_var: Path) -> None:
    call_command("demo_district")
    assert School.objects.count() == 54
    assert Enrolment.objects.filter(school__code=NGOC_LAM, school_class__name="6A1").count() == 44
    assert MarkSheet.objects.exclude(published_at=None).get().subject.code == "TOAN"
    assert Lesson.objects.filter(live=True).count() == 1
    before = {model.__name__: model._base_manager.count() for model in COUNTED}
    assert all(before.values()), before
    call_command("demo_district")
    assert {model.__name__: model._base_manager.count() for model in COUNTED} == before


@pytest.mark.django_db
def test_every_role_signs_in_with_what_is_printed(own_var: Path) -> None:
    call_command("demo_district")
    people = json.loads(sign_ins_file().read_text(encoding="utf-8"))["people"]
    assert len({one["role"] for one in people}) == 10
    request = RequestFactory().post("/dang-nhap/")
    for one in people:
        user = authenticate(request, username=one["code"], password=one["password"])
        assert user is not None, one
        assert not user.must_change_password
    assert sign_ins_file().stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_a_password_that_somebody_changed_stays_changed(own_var: Path) -> None:
    call_command("demo_district")
    student = person(STUDENT)
    student.set_password("một mật khẩu của riêng em")
    student.save()
    call_command("demo_district")
    student.refresh_from_db()
    assert not student.check_password(PASSWORD)


@pytest.mark.django_db
def test_known_passwords_are_refused_outside_the_embedded_mode(own_var: Path, settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded mode"):
        call_command("demo_district")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_another_districts_database_is_left_alone(own_var: Path) -> None:
    from school.organisation.services import catalogues_ensure

    catalogues_ensure()
    school_create(code="79000001", name="Trường THCS Khác", levels=["lower_secondary"], parent=None)
    call_command("demo_district", if_empty=True)
    with pytest.raises(CommandError, match="another district"):
        call_command("demo_district")
    assert School.objects.count() == 1
