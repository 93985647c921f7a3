"""Lists of faults and of people as files that open well in Excel."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from school.roster.processing.lists import Fault

COLUMNS = ("row", "column", "value", "message")


def plain(value: object) -> str:
    """A cell that a spreadsheet takes as text: what begins like a formula is not run there."""
    written = str(value)
    return f"'{written}" if written.startswith(("=", "+", "-", "@", "\t", "\r")) else written


def faults_csv(faults: Iterable[Fault]) -> str:
    """The faults as `row,column,value,message`; of several sheets the message names the sheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for fault in faults:
        message = f"{fault.sheet}: {fault.message}" if fault.sheet else fault.message
        writer.writerow([fault.row, plain(fault.column), plain(fault.value), plain(message)])
    return out.getvalue()


def table_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A sheet with a bold, frozen heading row; every cell is text, so that codes keep their zeros and nothing is run."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1")
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    widths = [len(name) for name in head]
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            text = "" if value is None else str(value)
            widths[column] = max(widths[column], min(len(text), 60))
            sheet.write_string(last, column, text, cell)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(head) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()
