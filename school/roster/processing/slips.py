"""One-time passwords, and the sheet of slips that carries them to a class."""

import secrets
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from school.typesetting import typeset

# No letter or digit that is read for another on paper (0 o, 1 l i, 5 s, 2 z, u v): 25 signs, eight of them: 37 bits.
ALPHABET = "abcdefghjkmnpqrtwxy346789"
LENGTH = 8
_FORM = Path(__file__).with_name("slips.typ")


def password_new() -> str:
    """A random password that is copied from paper without mistakes."""
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def sheet_pdf(*, school: str, address: str, slips: list[dict[str, str]], until: datetime) -> bytes:
    """The sheet as PDF, six rows of two on an A4 page.

    A slip has a name, group and note, then code, phone and password, or the parents' code and the address where it is entered.
    """
    data = {
        "school": school,
        "slips": [{"parent_code": "", "address": ""} | one for one in slips],
        "address": address,
        "code_label": _("Sign-in code"),
        "phone_label": _("or phone number"),
        "password_label": _("One-time password"),
        "address_label": _("Sign in at"),
        "parent_label": _("Code for parents"),
        "join_label": _("Father, mother or guardian: enter the code at"),
        "join_rule": _("It works once, within 30 days; the school then confirms."),
        "rule": _("Choose a password of your own at the first sign-in, before %(day)s.")
        % {"day": date_format(timezone.localtime(until), "SHORT_DATE_FORMAT")},
    }
    return typeset(_FORM, data)
