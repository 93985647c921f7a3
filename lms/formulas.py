"""Formulas: LaTeX in, MathML out, which every current browser draws without a script."""

import nh3
from latex2mathml.converter import convert

_NAMES = """
    math mrow mi mn mo mtext mspace mfrac msqrt mroot msup msub msubsup munder mover munderover
    mtable mtr mtd mstyle mpadded mphantom menclose
"""
TAGS = set(_NAMES.split())
ATTRIBUTES = {
    "*": {
        "stretchy",
        "fence",
        "form",
        "separator",
        "mathvariant",
        "linethickness",
        "minsize",
        "maxsize",
        "columnalign",
    },
    "math": {"display"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mo": {"movablelimits"},
}
MAX_LENGTH = 2_000


class FormulaError(ValueError):
    """The source is not a formula that can be drawn."""


def mathml(source: str) -> str:
    r"""The formula as one `<math>` element, safe to put on a page; FormulaError if it is not LaTeX.

    The converter copies `\text{…}` unescaped, so its answer passes a list of MathML's own elements and nothing else.
    """
    source = source.strip().strip("$").strip()
    if not source or len(source) > MAX_LENGTH:
        raise FormulaError("length")
    try:
        drawn = convert(source, display="block")
    except Exception as error:
        # Its errors share no base class but Exception: ExtraLeftOrMissingRightError, DoubleSubscriptsError and so on.
        raise FormulaError(str(error)) from error
    clean = nh3.clean(drawn, tags=TAGS, attributes=ATTRIBUTES, clean_content_tags={"script", "style"})
    if not clean.startswith("<math"):
        raise FormulaError("no formula")
    return clean
