"""The study report as an Excel file."""

import io

from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from lms.selectors import LessonState, StudyReport


def report_workbook(report: StudyReport) -> bytes:
    """One sheet: a student a row; for each lesson its state, watched share and score."""
    buffer = io.BytesIO()
    # A name that begins with "=" is a name: nothing a person typed becomes a formula.
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Progress"))
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        percent = book.add_format({"num_format": "0%"})
        sheet.write_string(0, 0, report.course.title, book.add_format({"bold": True, "font_size": 14}))
        made = timezone.localtime().strftime("%d/%m/%Y %H:%M")
        sheet.write_string(1, 0, _("State of %(moment)s") % {"moment": made})
        heads = [_("Code"), _("Full name"), _("Lessons completed")]
        for lesson in report.lessons:
            heads += [lesson.title, _("%(lesson)s: watched") % {"lesson": lesson.title}]
            heads.append(_("%(lesson)s: exercise") % {"lesson": lesson.title})
        for column, head in enumerate(heads):
            sheet.write_string(3, column, head, bold)
        for line, row in enumerate(report.rows, start=4):
            sheet.write_string(line, 0, row.student.code)
            sheet.write_string(line, 1, row.student.full_name)
            sheet.write_number(line, 2, row.completed)
            for number, state in enumerate(row.states):
                column = 3 + number * 3
                sheet.write_string(line, column, state_label(state))
                if state.watched_share is not None:
                    sheet.write_number(line, column + 1, state.watched_share, percent)
                sheet.write_string(line, column + 2, state.score_label)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, len(heads), 16)
        sheet.freeze_panes(4, 2)
    return buffer.getvalue()


def state_label(state: LessonState) -> str:
    """A lesson's state in words."""
    if state.completed:
        return _("Completed")
    return _("Begun") if state.opened_at else _("Not opened")
