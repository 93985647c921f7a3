"""What a list does to people, classes and relations, and what it must not do."""

import pytest

from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    SchoolClass,
    TeachingAssignment,
)
from school.roles import Role
from school.roster.services import roster_import
from tests.school.roster.files import pupil, xlsx

pytestmark = pytest.mark.django_db


def students(world, *rows, **options):
    return roster_import(school=world.a.school, kind="students", content=xlsx(list(rows)), **options)


def places(outcome) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in outcome.faults]


def staff(world, *rows, **options):
    head = ["STT", "Mã cán bộ", "Họ và tên", "Ngày sinh", "Giới tính", "Điện thoại", "Email", "Chức vụ"]
    return roster_import(school=world.a.school, kind="staff", content=xlsx(list(rows), head=head), **options)


def teaching(world, *rows, **options):
    head = ["STT", "Lớp", "Môn học", "Mã cán bộ", "Có GVCN", "Mã cán bộ GVCN"]
    return roster_import(school=world.a.school, kind="teaching", content=xlsx(list(rows), head=head), **options)


def test_a_pupil_is_enrolled_with_both_parents(world):
    outcome = students(
        world, pupil(1, father="Lê Ba", father_phone="0912000111", mother="Vũ Tư", mother_phone="0912000222")
    )
    assert outcome.written
    child = User.objects.get(code="0103915001")
    assert child.ministry_code == "0103915001"
    assert not child.has_usable_password()
    assert child.enrolments.get().school_class == world.a.class1
    relations = {one.relation: one for one in child.guarded_by.select_related("guardian")}
    assert relations["father"].guardian.phone == "+84912000111"
    assert relations["father"].is_primary
    assert not relations["mother"].is_primary


def test_brothers_and_sisters_have_one_father_and_a_spelling_mistake_makes_no_second_one(world):
    rows = [
        pupil(1, father="Lê Văn Bá", father_phone="0912000111"),
        pupil(2, "Lê Minh Bình", father="Lê Văn Ba", father_phone="+84 912 000 111"),
    ]
    students(world, *rows)
    assert User.objects.filter(phone="+84912000111").count() == 1
    assert Guardianship.objects.filter(guardian__phone="+84912000111").count() == 2
    again = students(world, *rows)
    assert (again.counts.same, again.counts.anything) == (2, False)


def test_two_people_who_share_a_phone_stay_two_people(world):
    students(world, pupil(1, father="Lê Ba", father_phone="0912000111", mother="Vũ Tư", mother_phone="0912000111"))
    assert User.objects.filter(phone="+84912000111").count() == 2


def test_a_parent_at_two_schools_is_one_person(world):
    students(world, pupil(1, father="Lê Ba", father_phone="0912000111"))
    other = pupil(2, "Lê Minh Bình", father="Lê Ba", father_phone="0912000111")
    roster_import(school=world.b.school, kind="students", content=xlsx([other]))
    father = User.objects.get(phone="+84912000111")
    assert {one.student.code for one in father.guardianships.select_related("student")} == {"0103915001", "0103915002"}


def test_a_corrected_list_changes_what_it_says_and_leaves_blank_cells_alone(world):
    students(world, pupil(1, mother="Vũ Tư", mother_phone="0912000222", address="Phường Bồ Đề"))
    outcome = students(world, pupil(1, "Lê Minh Ân", mother="Vũ Tư", mother_phone="0912000333", address=""))
    assert (outcome.counts.changed, outcome.counts.new, outcome.counts.people) == (1, 0, 0)
    child = User.objects.get(code="0103915001")
    assert (child.full_name, child.address) == ("Lê Minh Ân", "Phường Bồ Đề")
    assert child.search_text.startswith("le minh an")
    assert child.guarded_by.get().guardian.phone == "+84912000333"


def test_another_father_ends_the_first_ones_guardianship(world):
    students(world, pupil(1, father="Lê Ba", father_phone="0912000111"))
    students(world, pupil(1, father="Hồ Năm", father_phone="0912000555"))
    running = Guardianship.objects.filter(student__code="0103915001", ends__isnull=True)
    assert [one.guardian.full_name for one in running] == ["Hồ Năm"]
    assert Guardianship.objects.filter(student__code="0103915001").count() == 2


def test_a_change_of_class_keeps_the_history(world):
    students(world, pupil(1))
    students(world, pupil(1, class_="6A2"))
    child = User.objects.get(code="0103915001")
    assert child.enrolments.current().get().school_class == world.a.class2
    assert child.enrolments.count() in {1, 2}


def test_a_pupil_who_left_is_no_longer_enrolled_tomorrow(world):
    students(world, pupil(1))
    students(world, pupil(1, status="Chuyển trường"))
    enrolment = Enrolment.objects.get(student__code="0103915001")
    assert enrolment.status == Enrolment.Status.TRANSFERRED
    assert enrolment.ends is not None
    assert not students(world, pupil(1, status="Chuyển trường")).counts.anything


def test_a_class_that_the_school_has_not_is_named_and_made_only_when_asked(world):
    rows = [pupil(number, class_="6A9") for number in range(1, 4)]
    assert places(students(world, *rows)) == [(4, "Lớp"), (5, "Lớp"), (6, "Lớp")]
    assert not SchoolClass.objects.filter(name="6A9").exists()
    assert students(world, *rows, create_classes=True).written
    assert Enrolment.objects.filter(school_class__name="6A9").count() == 3


@pytest.mark.parametrize("name", ["66A1", "13B9", "5A1", "10A1", "Lá", "A6"])
def test_a_class_of_a_grade_that_the_school_has_not_is_never_made(world, name):
    assert places(students(world, pupil(1, class_=name), create_classes=True)) == [(4, "Lớp")]


def test_a_first_list_gives_a_school_its_classes_but_not_those_of_a_single_slip(world):
    Enrolment.objects.filter(school=world.a.school).delete()
    TeachingAssignment.objects.filter(school=world.a.school).delete()
    HomeroomAssignment.objects.filter(school=world.a.school).delete()
    SchoolClass.objects.filter(school=world.a.school).delete()
    rows = [pupil(number, class_="6A1" if number <= 15 else "6A2") for number in range(1, 31)]
    rows[20]["class"] = "6A7"
    outcome = students(world, *rows)
    assert places(outcome) == [(24, "Lớp")]
    assert not SchoolClass.objects.filter(school=world.a.school).exists()
    assert students(world, *rows, accept_valid=True).written
    assert set(SchoolClass.objects.filter(school=world.a.school).values_list("name", flat=True)) == {"6A1", "6A2"}


def test_a_pupil_of_another_school_is_not_taken_over_by_a_list(world):
    code = world.b.student.ministry_code
    User.objects.filter(pk=world.b.student.pk).update(code=code)
    outcome = students(world, pupil(1, code=code))
    assert places(outcome) == [(4, "Mã định danh Bộ GD&ĐT")]
    assert world.b.student.enrolments.get().school == world.b.school


def test_a_citizens_number_of_somebody_else_is_named(world):
    User.objects.filter(pk=world.b.student.pk).update(citizen_id="001215679248")
    assert places(students(world, pupil(1, citizen="001215679248"))) == [(4, "Số định danh cá nhân")]


def test_codes_and_citizens_numbers_given_twice_are_named_once(world):
    rows = [pupil(number, citizen=f"0012156792{number:02}") for number in range(1, 9)]
    rows[1]["code"] = rows[6]["code"]
    rows[5]["citizen"] = rows[2]["citizen"]
    assert places(students(world, *rows)) == [(5, "Mã định danh Bộ GD&ĐT"), (9, "Số định danh cá nhân")]


@pytest.mark.parametrize("born", ["05/09/1915", "05/09/2025", "05/09/2030", "05/09/1990"])
def test_ages_that_cannot_be_are_named(world, born):
    assert places(students(world, pupil(1, born=born))) == [(4, "Ngày sinh")]


def test_a_number_that_does_not_fit_the_birth_date_is_only_a_warning(world):
    outcome = students(world, pupil(1, citizen="001317399903"))
    assert outcome.written
    assert len(outcome.warnings) == 1


def test_a_phone_without_a_name_is_named(world):
    assert places(students(world, pupil(1, father_phone="0912000111"))) == [(4, "Họ tên cha")]


def test_nothing_is_half_written_when_one_row_is_bad(world):
    before = User.objects.count()
    outcome = students(world, pupil(1), pupil(2, name=""))
    assert not outcome.written
    assert User.objects.count() == before
    assert students(world, pupil(1), pupil(2, name=""), accept_valid=True).written
    assert User.objects.count() == before + 1


def test_positions_become_roles_and_a_new_position_ends_the_old_one(world):
    row = [1, "GV039001", "Huỳnh Minh Giang", "27/09/1987", "Nữ", "0349329414", "g@truong.example", "Phó hiệu trưởng"]
    assert staff(world, row).written
    person = User.objects.get(code="GV039001")
    assert [one.role for one in person.memberships.current()] == [Role.VICE_PRINCIPAL]
    staff(world, [*row[:-1], "Giáo viên, kiêm nhân viên thư viện"])
    running = person.memberships.filter(ends__isnull=True)
    assert {one.role for one in running} == {Role.TEACHER, Role.LIBRARIAN}


def test_an_unknown_position_and_a_doubled_code_are_named(world):
    row = [1, "GV039001", "Huỳnh Minh Giang", "27/09/1987", "Nữ", "", "", "Giáo viên"]
    outcome = staff(world, row, [2, "GV039001", "Lê Ba", "27/09/1987", "Nam", "", "", "Thợ mộc"])
    assert places(outcome) == [(5, "Mã cán bộ"), (5, "Chức vụ")]


def test_assignments_follow_the_list_and_the_old_ones_end(world):
    a = world.a
    User.objects.filter(pk=a.teacher.pk).update(code="GV1")
    User.objects.filter(pk=a.teacher2.pk).update(code="GV2")
    User.objects.filter(pk=a.homeroom.pk).update(code="GV3")
    assert not teaching(world, [1, "6A1", "Toán", "GV1", "x", "GV3"]).counts.anything
    assert teaching(world, [1, "6A1", "Toán", "GV2", "x", "GV1"]).written
    running = TeachingAssignment.objects.filter(school_class=a.class1, subject=world.maths, ends__isnull=True)
    assert [one.teacher for one in running] == [a.teacher2]
    assert HomeroomAssignment.objects.get(school_class=a.class1, ends__isnull=True).teacher == a.teacher


def test_unknown_classes_subjects_and_people_of_assignments_are_named(world):
    User.objects.filter(pk=world.a.teacher.pk).update(code="GV1")
    outcome = teaching(
        world,
        [1, "6A7", "Toán", "GV1", "", ""],
        [2, "6A1", "Phép thuật", "GV1", "", ""],
        [3, "6A1", "Toán", "GV9", "", ""],
        [4, "6A1", "Ngữ văn", "GV1", "x", "GV8"],
        [5, "6A2", "Ngữ văn", "GV1", "x", ""],
    )
    assert places(outcome) == [
        (4, "Lớp"),
        (5, "Môn học"),
        (6, "Mã cán bộ"),
        (7, "Mã cán bộ GVCN"),
        (8, "Mã cán bộ GVCN"),
    ]


def test_a_teacher_of_another_school_is_no_teacher_here(world):
    User.objects.filter(pk=world.b.teacher.pk).update(code="GV1")
    assert places(teaching(world, [1, "6A1", "Toán", "GV1", "", ""])) == [(4, "Mã cán bộ")]


def test_a_school_administrator_cannot_appoint_themselves_by_a_list(world):
    admin = world.a.school_admin
    row = [1, admin.code, admin.full_name, "27/09/1987", "Nam", "", "", "Hiệu trưởng"]
    User.objects.filter(pk=admin.pk).update(code="GV7")
    admin.refresh_from_db()
    row[1] = "GV7"
    assert places(staff(world, row, by=admin)) == [(4, "Mã cán bộ")]
    assert places(teaching(world, [1, "6A1", "Toán", "GV7", "", ""], by=admin)) == [(4, "Mã cán bộ")]
    assert not Membership.objects.filter(user=admin, role=Role.PRINCIPAL).exists()


def test_a_list_of_a_year_that_is_over_is_refused(world):
    content = xlsx([pupil(1)], titles=("TRƯỜNG THCS NGỌC LÂM", "DANH SÁCH HỌC SINH NĂM HỌC 2019-2020"))
    assert roster_import(school=world.a.school, kind="students", content=content).refusal


def test_a_list_under_the_name_of_another_school_is_refused(world):
    content = xlsx([pupil(1)], titles=("SỞ GIÁO DỤC", "TRƯỜNG TIỂU HỌC VÀ THCS BỒ ĐỀ"))
    assert "Bồ Đề" in roster_import(school=world.a.school, kind="students", content=content).refusal
