"""A class's results as Excel file."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gradebook.outcomes import ResultTable


def results_workbook(table: ResultTable) -> bytes:
    """The table of results as .xlsx: averages as numbers, codes as text, the first column and heads standing still."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    sheet = book.add_worksheet(table.school_class.name[:31])
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"})
    text, mark = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "0.0", "align": "center"})
    sheet.write_string(0, 0, f"{table.school_class.school.name} – {table.school_class.name}")
    sheet.write_string(
        1, 0, f"{table.term.name if table.term else _('The whole year')}, {table.school_class.year.name}"
    )
    heads = [_("No."), _("Code"), _("Name"), *(subject.name for subject in table.subjects)]
    heads += [
        _("Learning result"),
        _("Conduct"),
        _("Days absent"),
        pgettext("pupil", "Title"),
        _("Decision"),
        _("Missing"),
    ]
    for column, head in enumerate(heads):
        sheet.write_string(3, column, str(head), bold)
    for line, row in enumerate(table.rows, 4):
        sheet.write_number(line, 0, row.number, text)
        sheet.write_string(line, 1, row.student.ministry_code or row.student.code, text)
        sheet.write_string(line, 2, row.student.full_name, text)
        for column, cell in enumerate(row.cells, 3):
            if cell and cell[0].isdigit():
                sheet.write_number(line, column, float(cell.replace(",", ".")), mark)
            else:
                sheet.write_string(line, column, cell, text)
        result = row.result
        rest = [
            result.get_study_display() if result else "",
            result.get_conduct_display() if result else "",
            str(result.absences) if result else "",
            result.get_title_display() if result else "",
            result.get_decision_display() if result else "",
            ", ".join(row.missing),
        ]
        for column, cell in enumerate(rest, 3 + len(row.cells)):
            sheet.write_string(line, column, str(cell), text)
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 28)
    sheet.set_column(3 + len(table.subjects), len(heads) - 1, 16)
    sheet.freeze_panes(4, 3)
    sheet.repeat_rows(3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()
