"""What a school vouches for: marks, the state of a sheet, absences and remarks.

The log of marks (services.log) tells a mark's story to teachers in their words; these entries tell that a row changed, also beside
our own code, and stand under the district's seals.
"""

from school.audit.watching import watch

watch(
    "gradebook.Mark",
    subject="student_id",
    school="school_id",
    leave_out=("version",),
    private=True,
)
watch("gradebook.MarkSheet", school="school_id", leave_out=("log_length", "log_head", "changed_at", "correcting_id"))
watch(
    "gradebook.AbsenceSession",
    subject="student_id",
    school="school_id",
    private=True,
)
watch(
    "gradebook.Remark",
    subject="student_id",
    school="school_id",
    private=True,
)
watch("gradebook.Conduct", subject="student_id", school="school_id", private=True)
watch("gradebook.LearningResult", subject="student_id", school="school_id", private=True)
watch("gradebook.EntryWindow", school="school_id")
watch("gradebook.LockDelegation", subject="delegate_id", school="school_id")
watch("gradebook.Correction", school="school_id", leave_out=("consequences",), private=True)
watch("gradebook.CorrectionCell", subject="student_id", school="school_id", private=True)
watch("gradebook.MarkReview", subject="student_id", school="school_id", private=True)
