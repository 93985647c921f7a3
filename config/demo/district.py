"""The office, its 54 schools, the school year."""

from __future__ import annotations

import csv
import datetime

from django.utils import timezone

from school.identity.models import User
from school.organisation.models import Membership, Node, School, SchoolYear
from school.organisation.services import catalogues_ensure, node_create, school_create, year_open
from school.roles import Role

from .files import demo_file

OFFICE_CODE = "LONG-BIEN"
OFFICE_ADMIN = "vp-longbien"


def first_year(day: datetime.date) -> int:
    """The year in which the school year of this day began: in September, but its lists are made in August."""
    return day.year if day.month >= 8 else day.year - 1


def office_make() -> Node:
    """Department and office; the office's name is a setting of the node, as districts were dissolved on 1 July 2025."""
    catalogues_ensure()
    if found := Node.objects.filter(code=OFFICE_CODE).first():
        return found
    department = node_create(kind="department", name="Sở Giáo dục và Đào tạo Hà Nội", code="HA-NOI")
    return node_create(kind="office", name="Cụm trường Long Biên", code=OFFICE_CODE, parent=department)


def year_make() -> SchoolYear:
    """The school year that today belongs to."""
    return year_open(first_year(timezone.localdate()))


def schools_make(office: Node) -> int:
    """Every school of schools.csv that is not there yet; returns how many were added."""
    known = set(School.objects.values_list("code", flat=True))
    added = 0
    with demo_file("district", "schools.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["code"] in known:
                continue
            school_create(
                code=row["code"],
                name=row["name"],
                levels=row["level"].split("|"),
                parent=office,
                ward=row["ward"],
                email=row["email"],
                phone=row["phone"],
            )
            added += 1
    return added


def office_admin_make(office: Node, year: SchoolYear) -> User:
    """The person at the office who sees every school."""
    user: User | None = User.objects.filter(code=OFFICE_ADMIN).first()
    if user is None:
        user = User.objects.create_user(code=OFFICE_ADMIN, full_name="Phan Thị Thu Hương", is_staff=True)
    Membership.objects.get_or_create(user=user, role=Role.OFFICE_ADMIN, node=office, defaults={"starts": year.starts})
    return user
