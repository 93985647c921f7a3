"""Every write of the gradebook: sheets, marks, attendance, remarks."""

from gradebook.cells import Change, Outcome

from .attendance import AttendanceError, absence_clear, absence_record, attendance_save, remark_write
from .log import LogFault, log_verify
from .marks import Saved, changes_check, marks_save
from .sheets import SheetError, sheet_lock, sheet_open, sheet_publish, sheet_unlock, sheet_unpublish, sheets_open_all

__all__ = [
    "AttendanceError",
    "Change",
    "LogFault",
    "Outcome",
    "Saved",
    "SheetError",
    "absence_clear",
    "absence_record",
    "attendance_save",
    "changes_check",
    "log_verify",
    "marks_save",
    "remark_write",
    "sheet_lock",
    "sheet_open",
    "sheet_publish",
    "sheet_unlock",
    "sheet_unpublish",
    "sheets_open_all",
]
