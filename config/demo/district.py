"""The office, its 54 schools, the school year."""

from __future__ import annotations

from school.identity.models import User
from school.organisation.models import Membership, Node, SchoolYear
from school.organisation.services import catalogues_ensure, node_create, year_open
from school.roles import Role
from school.roster.services import district_import

from .files import demo_file

OFFICE_CODE = "LONG-BIEN"
OFFICE_NAME = "Cụm trường Long Biên"
OFFICE_ADMIN = "vp-longbien"
# The lists in demo/ are of the school year 2026-2027, whatever today is.
FIRST_YEAR = 2026


def office_make() -> Node:
    """Department and office; what the office is called is the operator's, as districts were dissolved on 1 July 2025."""
    if found := Node.objects.filter(code=OFFICE_CODE).first():
        return found
    department = node_create(kind="department", name="Sở Giáo dục và Đào tạo Hà Nội", code="HA-NOI")
    return node_create(kind="office", name=OFFICE_NAME, code=OFFICE_CODE, parent=department)


def district_make() -> None:
    """Office, year, schools, and the person at the office who sees every school."""
    catalogues_ensure()
    year = year_open(FIRST_YEAR)
    office = office_make()
    outcome = district_import(content=demo_file("district", "schools.csv").read_bytes(), office=office.name)
    if outcome.faults:
        raise RuntimeError(f"schools.csv was not taken in: {outcome.faults[0].message}")
    office_admin_make(office, year)


def office_admin_make(office: Node, year: SchoolYear) -> None:
    """Appoint the office's administrator."""
    user = User.objects.filter(code=OFFICE_ADMIN).first()
    if user is None:
        user = User.objects.create_user(code=OFFICE_ADMIN, full_name="Quản trị Cụm trường Long Biên", is_staff=True)
    Membership.objects.get_or_create(user=user, role=Role.OFFICE_ADMIN, node=office, defaults={"starts": year.starts})
