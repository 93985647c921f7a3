"""Official papers as PDF: a form of `forms/` filled with data, set by typst.

The forms' words are Vietnamese whoever prints them: they are the circulars' own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

FORMS = Path(__file__).parent / "forms"


@cache
def _fonts() -> typst.Fonts:
    # The fonts in typst's own wheel know every Vietnamese letter; a machine's own would set each page differently.
    return typst.Fonts(include_system_fonts=False)


def typeset(form: str, data: Mapping[str, Any], *, at: datetime, archive: bool = False) -> bytes:
    """The form `form` of `forms/` with `data`, as PDF; as PDF/A-2b (ISO 19005-2) with `archive`.

    `at` is the moment the file says it was made: the same data and moment give the same bytes.
    """
    written: bytes = typst.compile(
        str(FORMS / f"{form}.typ"),
        root=str(FORMS),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=at.replace(microsecond=0),
        pdf_standards="a-2b" if archive else None,
    )
    return written
