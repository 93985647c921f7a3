"""Reads for the public pages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from school.identity.models import User
from school.organisation.models import School
from school.portal.models import PortalHome
from school.privacy.models import Purpose
from school.privacy.selectors import consents_valid
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


def consents_missing(pupils: Iterable[User], purpose: Purpose) -> list[User]:
    """Those whose consent to the purpose does not stand today, by name; two queries, none when nobody is asked about."""
    people = list(pupils)
    valid = consents_valid(people, purpose.value) if people else set()
    return sorted((one for one in people if one.pk not in valid), key=lambda one: one.sort_key)


def schools_found(text: str) -> QuerySet[School]:
    """Schools by a part of name, ward or code; case and diacritics do not matter."""
    found = School.objects.prefetch_related("level_rows").order_by("name", "pk")
    for word in fold(text).split():
        found = found.filter(search_text__contains=word)
    return found
