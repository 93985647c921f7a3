"""Addresses of the gradebook with objects of both schools, for the matrix of rights."""

from typing import Any

from gradebook.services import sheet_open
from tests.world import Cast, World

SHEET_PAGES = (
    "sheet", "sheet-save", "sheet-publish", "sheet-unpublish", "sheet-lock", "sheet-unlock", "sheet-print",
    "sheet-history", "sheet-download", "sheet-upload", "sheet-apply",
)  # fmt: skip


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """URL name → the object of school A ("own") and of school B ("other")."""

    def of(cast: Cast) -> dict[str, dict[str, Any]]:
        sheet = sheet_open(school_class=cast.class1, subject=world.maths, term=world.term1)
        return {
            **{f"gradebook:{page}": {"pk": sheet.pk} for page in SHEET_PAGES},
            "gradebook:attendance": {"pk": cast.class1.pk},
            "gradebook:remark": {"pk": cast.class1.pk},
            "gradebook:report-of": {"pk": cast.student.pk},
        }

    own, other = of(world.a), of(world.b)
    return {name: {"own": own[name], "other": other[name]} for name in own}
