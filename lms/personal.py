"""Which rows of the lessons are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import LEARNING, contribute, excuse

contribute(
    "lms.LessonProgress",
    "student",
    title=_("Lessons read"),
    kind=LEARNING,
    fields=("lesson__title", "opened_at", "completed_at", "seconds"),
    dated="seen_at",
    erasable=True,
)
contribute(
    "lms.WatchProgress",
    "student",
    title=_("Films watched"),
    kind=LEARNING,
    fields=("lesson__title", "watched_seconds", "watched_share", "reported_at"),
    dated="reported_at",
    erasable=True,
)
excuse("lms.Course", "teachers", reason="Who teaches a course is told by posts and teaching.")
