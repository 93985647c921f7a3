"""News of the lessons for the rooms above."""

from django.dispatch import Signal

# A student's work was scored. Sent after the result is stored, inside its transaction. Arguments: `student` (User),
# `lesson` (lms.Lesson), `content` (the H5P content that was done), `score` and `max_score` (Decimal points).
submission_scored = Signal()
