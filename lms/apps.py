from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LmsConfig(AppConfig):
    name = "lms"
    label = "lms"
    verbose_name = _("Lessons")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Course_teachers.user": "move",
        "LessonProgress.student": "move",
        "WatchProgress.student": "move",
    }

    def ready(self) -> None:
        from lms import navigation, policies, receivers  # noqa: F401
