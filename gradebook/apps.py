from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradebookConfig(AppConfig):
    name = "gradebook"
    label = "gradebook"
    verbose_name = _("Gradebook")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Mark.student": "refuse:value,comment",
        "Mark.by": "move",
        "TermResult.student": "move",
        "Conduct.student": "refuse:level",
        "Conduct.by": "move",
        "LearningResult.student": "move",
        "MarkLog.student": "stay",
        "MarkLog.by": "stay",
        "MarkLog.approver": "stay",
        "EntryWindow.by": "move",
        "LockDelegation.delegate": "move",
        "LockDelegation.by": "move",
        "Correction.by": "move",
        "Correction.decided_by": "move",
        "CorrectionCell.student": "move",
        "MarkReview.student": "move",
        "MarkReview.by": "move",
        "MarkReview.answered_by": "move",
        "SaveReceipt.by": "move",
        "AbsenceSession.student": "move",
        "AbsenceSession.by": "move",
        "Remark.student": "move",
        "Remark.author": "move",
    }

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
