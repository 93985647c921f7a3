"""A loan is a debt of the reader's, and a reading habit: both ask who touched it."""

from school.audit.watching import watch

watch("library.Loan", subject="borrower_id", school="school_id", private=True)
