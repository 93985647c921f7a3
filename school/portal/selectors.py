"""Reads for the public pages."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from school.organisation.models import School
from school.portal.models import PortalHome
from school.text import fold

SCHOOLS_A_PAGE = 30


@dataclass(frozen=True)
class Portal:
    """Whose portal is being read, and under which path of this host it begins ("/" or "/truong/<slug>/")."""

    school: School | None
    home: PortalHome | None
    prefix: str

    @property
    def sign_in_url(self) -> str:
        """Signing in happens on the platform's host only."""
        return f"{settings.SCHEME}://{settings.PLATFORM_HOST}/dang-nhap/"

    @property
    def name(self) -> str:
        """What the top of each page says."""
        if self.school:
            return self.school.name
        return self.home.title if self.home else "Mái Trường"


def office_home() -> PortalHome | None:
    """The office's start page, once it is made and while it is published."""
    home: PortalHome | None = PortalHome.objects.live().filter(school=None).first()
    return home


def school_home(school: School) -> PortalHome | None:
    """The school's start page; a school whose portal nobody has begun has none."""
    home: PortalHome | None = PortalHome.objects.live().filter(school=school).first()
    return home


def schools_found(text: str) -> QuerySet[School]:
    """Schools by a part of name, ward or code; case and diacritics do not matter."""
    found = School.objects.prefetch_related("level_rows").order_by("name", "pk")
    for word in fold(text).split():
        found = found.filter(search_text__contains=word)
    return found
