"""What the gradebook stores, by what it is about."""

from gradebook.models.class_life import AbsenceSession, Remark
from gradebook.models.corrections import CORRECTION_DAYS, Correction, CorrectionCell, MarkReview, pending_q
from gradebook.models.log import AppendOnlyError, MarkLog
from gradebook.models.results import Assessment, Conduct, LearningResult
from gradebook.models.sheets import Group, Mark, MarkColumn, MarkSheet, SaveReceipt, SheetState, TermResult
from gradebook.models.windows import EntryWindow, LockDelegation

__all__ = [
    "CORRECTION_DAYS",
    "AbsenceSession",
    "AppendOnlyError",
    "Assessment",
    "Conduct",
    "Correction",
    "CorrectionCell",
    "EntryWindow",
    "Group",
    "LearningResult",
    "LockDelegation",
    "Mark",
    "MarkColumn",
    "MarkLog",
    "MarkReview",
    "MarkSheet",
    "Remark",
    "SaveReceipt",
    "SheetState",
    "TermResult",
    "pending_q",
]
