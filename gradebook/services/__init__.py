"""Every write of the gradebook: sheets, marks, attendance, remarks."""

from gradebook.cells import Change, Outcome

from .attendance import AttendanceError, absence_clear, absence_record, attendance_save, remark_write
from .columns import Component, cluster_add, column_remove, components_set, retest_add
from .corrections import (
    CorrectionError,
    correction_approve,
    correction_reject,
    correction_request,
    correction_withdraw,
)
from .errors import SheetError
from .log import LogFault, log_verify
from .marks import Saved, changes_check, marks_save
from .results import conduct_save, learning_results_publish, learning_results_recompute
from .reviews import review_answer, review_ask
from .sheets import sheet_open, sheet_publish, sheet_unpublish, sheets_open_all
from .states import (
    may_order,
    missing_decide,
    missing_rule_fault,
    sheet_lock,
    sheet_revoke,
    sheet_sign,
    sheet_submit,
    sheet_take_back,
    sheet_unlock,
    sheets_lock,
    sheets_unlock,
)
from .windows import delegation_give, delegation_withdraw, windows_set

__all__ = [
    "AttendanceError",
    "Change",
    "Component",
    "CorrectionError",
    "LogFault",
    "Outcome",
    "Saved",
    "SheetError",
    "absence_clear",
    "absence_record",
    "attendance_save",
    "changes_check",
    "cluster_add",
    "column_remove",
    "components_set",
    "conduct_save",
    "correction_approve",
    "correction_reject",
    "correction_request",
    "correction_withdraw",
    "delegation_give",
    "delegation_withdraw",
    "learning_results_publish",
    "learning_results_recompute",
    "log_verify",
    "marks_save",
    "may_order",
    "missing_decide",
    "missing_rule_fault",
    "remark_write",
    "retest_add",
    "review_answer",
    "review_ask",
    "sheet_lock",
    "sheet_open",
    "sheet_publish",
    "sheet_revoke",
    "sheet_sign",
    "sheet_submit",
    "sheet_take_back",
    "sheet_unlock",
    "sheet_unpublish",
    "sheets_lock",
    "sheets_open_all",
    "sheets_unlock",
    "windows_set",
]
