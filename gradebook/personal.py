"""Which rows of the gradebook are about whom; a copy shows what is published, as the pages do."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from school.personal import RECORDS, contribute, excuse

_PUBLISHED = Q(published_at__isnull=False)
contribute(
    "gradebook.Mark",
    "student",
    title=_("Marks"),
    kind=RECORDS,
    fields=(
        *("column__sheet__subject__name", "column__sheet__term__number", "column__kind", "column__number"),
        *("published_value", "published_comment", "published_at"),
    ),
    only=_PUBLISHED,
)
contribute(
    "gradebook.TermResult",
    "student",
    title=_("Term results"),
    kind=RECORDS,
    fields=("sheet__subject__name", "sheet__term__number", "published_average", "published_result", "published_at"),
    only=_PUBLISHED,
)
contribute(
    "gradebook.LearningResult",
    "student",
    title=_("Results of terms and years"),
    kind=RECORDS,
    fields=("year__name", "term__number", "published", "published_at"),
    only=_PUBLISHED,
)
contribute(
    "gradebook.Conduct",
    "student",
    title=_("Conduct"),
    kind=RECORDS,
    fields=("term__number", "level", "remark", "at"),
    only=Q(student__learning_results__term=F("term"), student__learning_results__published_at__isnull=False),
)
contribute(
    "gradebook.AbsenceSession",
    "student",
    title=_("Absences"),
    kind=RECORDS,
    fields=("date", "session", "excused", "reason"),
)
contribute(
    "gradebook.Remark",
    "student",
    title=_("Remarks"),
    kind=RECORDS,
    fields=("subject__name", "author__full_name", "text", "created_at"),
)
contribute(
    "gradebook.MarkReview",
    "student",
    title=_("Requests to review marks"),
    kind=RECORDS,
    fields=("column__sheet__subject__name", "column__kind", "seen", "text", "state", "answer", "created_at"),
)
_WORK = "Says which teacher entered a pupil's record; it is the pupil's data."
excuse(
    "gradebook.MarkLog", "student", reason="The book's chained log repeats the marks with drafts the pupil may not see."
)
excuse("gradebook.MarkLog", "by", reason=_WORK)
excuse("gradebook.Mark", "by", reason=_WORK)
excuse("gradebook.AbsenceSession", "by", reason=_WORK)
excuse("gradebook.Remark", "author", reason=_WORK)
excuse("gradebook.MarkLog", "approver", reason=_WORK)
excuse("gradebook.EntryWindow", "by", reason="Says which officer set a date; it is the office's.")
excuse(
    "gradebook.LockDelegation", "delegate", reason="A school's decision on who locks its sheets; it is the school's."
)
excuse("gradebook.LockDelegation", "by", reason="A school's decision on who locks its sheets; it is the school's.")
excuse("gradebook.Correction", "by", reason=_WORK)
excuse("gradebook.Correction", "decided_by", reason=_WORK)
excuse(
    "gradebook.CorrectionCell",
    "student",
    reason="What became of it is the pupil's mark, which the copy shows; a request that was refused is the teachers' draft.",
)
excuse("gradebook.MarkReview", "by", reason="What a family asked stands in the pupil's part of the copy.")
excuse("gradebook.MarkReview", "answered_by", reason=_WORK)
excuse("gradebook.Conduct", "by", reason=_WORK)
excuse("gradebook.SaveReceipt", "by", reason="A technical receipt of one save, without content of its own.")
