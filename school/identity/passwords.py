"""Rules of passwords beside Django's own (ASVS 5.0, 6.2): no composition rules, no common ones, no words of the person's own data.

Long ones are welcome and may be pasted; nobody must change theirs regularly.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from school.policy import STAFF, Actor
from school.text import fold

from .commonplace import is_commonplace

# A name shorter than this is part of ordinary words.
NAME_LETTERS = 6
KINDS_OF_PLACE = (
    "truong",
    "tieu hoc",
    "trung hoc",
    "co so",
    "pho thong",
    "thcs",
    "thpt",
    "th",
    "va",
    "mam non",
    "phong",
    "so",
    "ubnd",
)


def squeezed(text: str) -> str:
    """Small letters without marks and spaces."""
    return fold(text).replace(" ", "")


def is_staff(user: Any) -> bool:
    """Whether other people's data stands behind this password."""
    return bool(user and user.pk and (user.is_superuser or not Actor.of(user).roles.isdisjoint(STAFF)))


class LengthValidator:
    """At least eight characters, fifteen for staff; an upper bound only against a megabyte of text."""

    def __init__(self, least: int = 8, least_staff: int = 15, most: int = 256) -> None:
        self.least, self.least_staff, self.most = least, least_staff, most

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence for the person."""
        least = self.least_staff if is_staff(user) else self.least
        if len(password) < least:
            sentence = ngettext(
                "The password needs at least %(least)d character; a short sentence is easy to remember.",
                "The password needs at least %(least)d characters; a short sentence is easy to remember.",
                least,
            )
            raise ValidationError(sentence % {"least": least}, code="password_too_short")
        if len(password) > self.most:
            raise ValidationError(
                _("The password is longer than %(most)d characters.") % {"most": self.most}, code="password_too_long"
            )

    def get_help_text(self) -> str:
        """The rule in words, for the form."""
        return _("At least %(least)d characters, %(staff)d for staff. A short sentence is easy to remember.") % {
            "least": self.least,
            "staff": self.least_staff,
        }


class CommonplaceValidator:
    """Refuse what many Vietnamese choose; Django's list knows English ones."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence for the person."""
        if is_commonplace(squeezed(password)):
            raise ValidationError(
                _("Many people have this password, so it is guessed at once. Choose a short sentence of your own."),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        """The rule in words, for the form."""
        return _("Not a common one such as matkhau123, anhyeuem or a birth date.")


class OwnDataValidator:
    """Refuse a password that is the person's code, phone, birth date or name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence for the person."""
        if user is None:
            return
        plain = squeezed(password)
        born = user.birth_date
        own = {fold(user.code), user.phone[-9:], squeezed(user.full_name), fold(user.email.partition("@")[0])}
        if born:
            own |= {born.strftime(form) for form in ("%d%m%Y", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y")}
        if any(word and len(word) >= NAME_LETTERS and word in plain for word in own):
            raise ValidationError(
                _("Do not use your own code, phone number, birth date or name as a password."), code="own_data"
            )

    def get_help_text(self) -> str:
        """The rule in words, for the form."""
        return _("Not your own code, phone number, birth date or name.")


def place_words() -> set[str]:
    """The proper names of all schools and offices, squeezed: "Trường THCS Ngọc Lâm" gives "ngoclam"."""
    found = set()
    for name in apps.get_model("organisation", "Node").objects.values_list("name", flat=True):
        words = f" {fold(name)} "
        for kind in KINDS_OF_PLACE:
            words = words.replace(f" {kind} ", " ")
        found |= {squeezed(words), squeezed(name)}
    return {word for word in found if len(word) >= NAME_LETTERS}


class PlaceValidator:
    """Refuse a password with the name of a school, an office or this platform in it."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence for the person."""
        plain = squeezed(password)
        if any(word in plain for word in {"maitruong", *place_words()}):
            raise ValidationError(_("Do not use the name of a school or an office in the password."), code="place")

    def get_help_text(self) -> str:
        """The rule in words, for the form."""
        return _("Not the name of a school or an office.")
