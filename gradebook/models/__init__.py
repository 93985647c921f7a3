"""What the gradebook stores, by what it is about."""

from gradebook.models.class_life import AbsenceSession, Remark
from gradebook.models.log import AppendOnlyError, MarkLog
from gradebook.models.sheets import Mark, MarkColumn, MarkSheet, SaveReceipt, TermResult

__all__ = [
    "AbsenceSession",
    "AppendOnlyError",
    "Mark",
    "MarkColumn",
    "MarkLog",
    "MarkSheet",
    "Remark",
    "SaveReceipt",
    "TermResult",
]
