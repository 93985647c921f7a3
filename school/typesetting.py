"""Papers as PDF: a form filled with data, set by typst."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst


@cache
def _fonts() -> typst.Fonts:
    # The fonts in typst's own wheel know every Vietnamese letter; a machine's own would set each page differently.
    return typst.Fonts(include_system_fonts=False)


def typeset(form: Path, data: Mapping[str, Any], *, at: datetime | None = None, archive: bool = False) -> bytes:
    """The form, a file beside those it imports, with `data`, as PDF; as PDF/A-2b (ISO 19005-2) with `archive`.

    `at` is the moment the file says it was made, now when None: the same data and moment give the same bytes.
    """
    written: bytes = typst.compile(
        str(form),
        root=str(form.parent),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=at.replace(microsecond=0) if at else None,
        pdf_standards="a-2b" if archive else None,
    )
    return written
