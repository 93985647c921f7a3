"""The fixed cast of two schools that every test speaks of."""

import datetime
from dataclasses import dataclass
from typing import Any

from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    TeachingAssignment,
    Term,
)
from school.organisation.services import catalogues_ensure, class_create, node_create, school_create, year_open
from school.roles import Role

PASSWORD = "bút chì và thước kẻ"


@dataclass
class Cast:
    """The people and classes of one school."""

    school: School
    principal: User
    vice: User
    school_admin: User
    librarian: User
    teacher: User
    teacher2: User
    homeroom: User
    class1: SchoolClass
    class2: SchoolClass
    student: User
    student2: User
    outsider: User
    father: User
    mother_of_student2: User


@dataclass
class World:
    """The office, two schools and the school year that today belongs to."""

    office: Any
    office_admin: User
    year: SchoolYear
    term1: Term
    term2: Term
    maths: Subject
    literature: Subject
    pe: Subject
    a: Cast
    b: Cast

    @property
    def people(self) -> dict[str, User]:
        """One person for every role of school A, by the role's name, and the office's administrator."""
        return {
            "office_admin": self.office_admin,
            **{
                name: getattr(self.a, name)
                for name in (
                    "principal",
                    "vice",
                    "school_admin",
                    "librarian",
                    "teacher",
                    "homeroom",
                    "student",
                    "father",
                )
            },
        }


def _person(code: str, name: str, **fields: Any) -> User:
    # Hashing is slow on purpose; tests sign in by force, and those that need a password set one.
    return User.objects.create_user(code=code, full_name=name, **fields)


def _school(world_year: SchoolYear, office: Any, *, tag: str, name: str, levels: list[str], number: int) -> Cast:
    school = school_create(code=f"010040{number:02d}", name=name, levels=levels, parent=office, ward="Ngọc Lâm")
    starts = world_year.starts

    def staff(code: str, full_name: str, role: Role) -> User:
        user = _person(f"{tag}-{code}", full_name)
        Membership.objects.create(user=user, role=role, node=school.node, starts=starts)
        return user

    principal = staff("ht", "Trần Thị Hiệu", Role.PRINCIPAL)
    vice = staff("pht", "Lê Văn Phó", Role.VICE_PRINCIPAL)
    school_admin = staff("cntt", "Phạm Quang Trị", Role.SCHOOL_ADMIN)
    librarian = staff("tv", "Hoàng Thu Thư", Role.LIBRARIAN)
    teacher = staff("gv1", "Nguyễn Thị Toán", Role.TEACHER)
    teacher2 = staff("gv2", "Đỗ Minh Văn", Role.TEACHER)
    homeroom = staff("gv3", "Vũ Lan Chủ", Role.TEACHER)
    class1 = class_create(school=school, year=world_year, name="6A1", grade=6)
    class2 = class_create(school=school, year=world_year, name="6A2", grade=6)
    maths, literature = Subject.objects.get(code="TOAN"), Subject.objects.get(code="NGU_VAN")
    TeachingAssignment.objects.create(teacher=teacher, school_class=class1, subject=maths, school=school, starts=starts)
    TeachingAssignment.objects.create(
        teacher=teacher2, school_class=class1, subject=literature, school=school, starts=starts
    )
    HomeroomAssignment.objects.create(teacher=homeroom, school_class=class1, school=school, starts=starts)

    def pupil(code: str, full_name: str, school_class: SchoolClass, last: int) -> User:
        user = _person(
            f"{tag}-{code}",
            full_name,
            birth_date=datetime.date(world_year.starts.year - 11, 3, last),
            ministry_code=f"01{number:02d}0000{last:02d}",
        )
        Enrolment.objects.create(student=user, school_class=school_class, school=school, starts=starts)
        return user

    student = pupil("hs1", "Đặng Minh An", class1, 1)
    student2 = pupil("hs2", "Bùi Ngọc Ánh", class1, 2)
    outsider = pupil("hs3", "Ngô Gia Bảo", class2, 3)
    father = _person(f"{tag}-ph1", "Đặng Văn Cha", phone=f"+84912{number:06d}")
    mother = _person(f"{tag}-ph2", "Mai Thị Mẹ", phone=f"+84913{number:06d}")
    Guardianship.objects.create(guardian=father, student=student, relation="father", starts=starts, is_primary=True)
    Guardianship.objects.create(guardian=mother, student=student2, relation="mother", starts=starts, is_primary=True)
    return Cast(
        school,
        principal,
        vice,
        school_admin,
        librarian,
        teacher,
        teacher2,
        homeroom,
        class1,
        class2,
        student,
        student2,
        outsider,
        father,
        mother,
    )


def build() -> World:
    """Write the cast into the database and return it."""
    catalogues_ensure()
    today = datetime.date.today()
    year = year_open(today.year if today.month >= 8 else today.year - 1)
    # The cast works in every month, the holidays included.
    if year.starts > today:
        SchoolYear.objects.filter(pk=year.pk).update(starts=today)
        year.refresh_from_db()
    office = node_create(kind="office", name="Phòng Văn hoá – Xã hội Long Biên", code="LB")
    office_admin = _person("vp-1", "Phan Văn Phòng", is_staff=True)
    Membership.objects.create(user=office_admin, role=Role.OFFICE_ADMIN, node=office, starts=year.starts)
    terms = {term.number: term for term in Term.objects.filter(year=year)}
    return World(
        office=office,
        office_admin=office_admin,
        year=year,
        term1=terms[1],
        term2=terms[2],
        maths=Subject.objects.get(code="TOAN"),
        literature=Subject.objects.get(code="NGU_VAN"),
        pe=Subject.objects.get(code="GDTC"),
        a=_school(year, office, tag="a", name="Trường THCS Ngọc Lâm", levels=["lower_secondary"], number=1),
        b=_school(
            year, office, tag="b", name="Trường Tiểu học và THCS Bồ Đề", levels=["primary", "lower_secondary"], number=2
        ),
    )
