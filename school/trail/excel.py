"""A page of the trail as a workbook."""

from io import BytesIO

from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from school.trail.words import Line


def workbook(lines: list[Line]) -> bytes:
    """One line an entry; times in the office's time zone as text, nothing becomes a formula."""
    out = BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_("Trail"))
    bold = book.add_format({"bold": True})
    heads = [
        _("Number"),
        _("When"),
        _("Who"),
        _("What was done"),
        _("Concerning"),
        _("What changed"),
        _("Address"),
        _("Host"),
    ]
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for row, line in enumerate(lines, start=1):
        entry = line.entry
        who = f"{line.who} ({_('as %(name)s') % {'name': line.as_whom}})" if line.as_whom else line.who
        moment = f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}"
        sheet.write_number(row, 0, entry.pk)
        for column, text in enumerate(
            (moment, who, line.what, line.about, line.text[:32_000], entry.address, entry.host), start=1
        ):
            sheet.write_string(row, column, text)
    sheet.set_column(1, 4, 24)
    sheet.set_column(5, 5, 60)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
