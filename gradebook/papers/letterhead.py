"""The head of a school's papers and the line that says where and when they were made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.utils import timezone

from school.organisation.models import School

#: The forms' words are Vietnamese whoever prints them: they are the circulars' own.
FORMS = Path(__file__).parent / "forms"


def letterhead(school: School) -> dict[str, str]:
    """`authority` (the office above the school, "" without one), `school` and `footer` for a form."""
    above = school.node.parent
    return {"authority": above.name if above else "", "school": school.name, "footer": f"{school.name} – {school.code}"}


def day_line(school: School, at: datetime) -> str:
    """ "Ngọc Lâm, ngày 05 tháng 09 năm 2026" in the school's time."""
    local = timezone.localtime(at)
    return f"{school.ward or '…'}, ngày {local:%d} tháng {local:%m} năm {local:%Y}"
