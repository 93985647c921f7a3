"""What the lessons' templates need: formulas, the look of a subject, the words of a block."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.blocks import FILE, FORMULA, H5P, HEADING, IMAGE, LTI, TEXT, VIDEO
from lms.forms import plain_text
from lms.formulas import FormulaError, mathml

register = template.Library()

LOOKS = {"TOAN": "toan", "NGU_VAN": "van", "NGOAI_NGU_1": "anh", "KHTN": "li", "LSDL": "su", "TIENG_VIET": "van"}
ICONS = {
    "TOAN": "math-function",
    "NGU_VAN": "feather",
    "NGOAI_NGU_1": "abc",
    "KHTN": "atom",
    "LSDL": "building-monument",
}
BLOCKS = {
    TEXT: (pgettext_lazy("lesson", "Text"), "writing"),
    VIDEO: (_("Video"), "video"),
    H5P: (_("H5P"), "puzzle"),
    LTI: (_("External tool"), "external-link"),
    FILE: (_("File"), "paperclip"),
    IMAGE: (_("Picture"), "photo"),
    HEADING: (_("Heading"), "abc"),
    FORMULA: (_("Formula"), "math-function"),
}
BLOCK_LIST: list[tuple[str, object, str]] = [(name, label, icon) for name, (label, icon) in BLOCKS.items()]


@register.filter
def subject_look(subject: object) -> str:
    """The CSS class of a subject's colours."""
    return LOOKS.get(getattr(subject, "code", ""), "")


@register.filter
def subject_icon(subject: object) -> str:
    """The icon of a subject."""
    return ICONS.get(getattr(subject, "code", ""), "book-2")


@register.filter
def formula(source: str) -> SafeString:
    """LaTeX as MathML; a formula that cannot be read is shown as it was written."""
    try:
        return mark_safe(mathml(source))  # noqa: S308
    except FormulaError:
        return SafeString("")


@register.filter
def block_label(name: str) -> object:
    """A block type's name."""
    return BLOCKS[name][0]


@register.filter
def block_icon(name: str) -> str:
    """A block type's icon."""
    return BLOCKS[name][1]


@register.filter
def plain(html: str) -> str:
    """Formatted text without its formatting, for a field without scripts."""
    return plain_text(html)


@register.simple_tag
def guest_files(guest: str, asset: Any) -> str:
    """Below which address a page for guests answers for the asset's files; "" on the pages of people with an account."""
    return f"{guest}tep/{asset.pk}/" if guest else ""


@register.simple_tag
def block_types() -> list[tuple[str, object, str]]:
    """The block types a teacher may add: name, label and icon, the usual ones first."""
    return BLOCK_LIST
