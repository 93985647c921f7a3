"""The overview as a workbook."""

from io import BytesIO

from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from config.office.selectors import SchoolFigures


def workbook(rows: list[SchoolFigures], title: str) -> bytes:
    """One sheet: a line a school, numbers as numbers, sums as formulas with their values."""
    out = BytesIO()
    # Names come from lists of schools: none may become a formula.
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_("Schools")[:31])
    bold, count = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
    sheet.write(0, 0, title, bold)
    heads = [
        _("Code"), _("School"), _("Levels"), _("Ward"), _("Students"), _("Teachers"), _("Staff"), _("Parents"),
        _("Lessons"), _("Loans this week"), _("Marks this week"),
    ]  # fmt: skip
    for column, head in enumerate(heads):
        sheet.write(2, column, head, bold)
    for line, row in enumerate(rows, start=3):
        school = row.school
        for column, words in enumerate((school.code, school.name, school.level_names, school.ward)):
            sheet.write_string(line, column, words)
        numbers = (row.students, row.teachers, row.staff, row.parents, row.lessons, row.loans, row.marks)
        for column, number in enumerate(numbers, start=4):
            sheet.write_number(line, column, number, count)
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 10, 16)
    sheet.freeze_panes(3, 2)
    if rows:
        sheet.autofilter(2, 0, 2 + len(rows), len(heads) - 1)
    book.close()
    return out.getvalue()
