"""One-time passwords, and the sheet of slips that carries them to a class."""

import json
import secrets
from datetime import datetime

import typst
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

# No letter or digit that is read for another on paper (0 o, 1 l i, 5 s, 2 z, u v): 25 signs, eight of them: 37 bits.
ALPHABET = "abcdefghjkmnpqrtwxy346789"
LENGTH = 8
_TEMPLATE = """
#set page(paper: "a4", margin: 10mm)
#set text(font: "Libertinus Serif", size: 9.5pt, lang: "vi")
#let data = json(bytes(sys.inputs.data))
#let mono(body, ..how) = text(font: "DejaVu Sans Mono", ..how)[#body]
#let slip(one) = block(
  width: 100%, height: 45mm, breakable: false, inset: (x: 4mm, y: 3mm),
  stroke: (paint: luma(120), thickness: 0.5pt, dash: "dashed"),
)[
  #text(size: 8.5pt, fill: luma(60))[#data.school #h(1fr) #one.group]
  #v(0.2mm)
  #text(size: 12pt, weight: "bold")[#one.name]
  #if one.note != "" [ #linebreak() #text(size: 8.5pt, fill: luma(60))[#one.note] ]
  #v(0.5mm)
  #grid(
    columns: (auto, 1fr), column-gutter: 3mm, row-gutter: 1.6mm, align: horizon,
    ..if one.code != "" { ([#data.code_label], mono(one.code, size: 11pt)) },
    ..if one.phone != "" { ([#data.phone_label], mono(one.phone)) },
    ..if one.password != "" { ([#data.password_label], mono(one.password, size: 13pt, weight: "bold")) },
    ..if one.parent_code != "" { ([#data.parent_label], mono(one.parent_code, size: 13pt, weight: "bold")) },
  )
  #v(1fr)
  #set text(size: 8.5pt)
  #if one.parent_code != "" [#data.join_label *#one.address*. #data.join_rule]
  #if one.password != "" [#data.address_label *#data.address*. #data.rule]
]
#grid(columns: (1fr, 1fr), ..data.slips.map(slip))
"""


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
    written: bytes = typst.compile(
        _TEMPLATE.encode(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return written
