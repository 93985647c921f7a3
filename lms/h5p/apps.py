from typing import ClassVar

from django.apps import AppConfig


class H5pConfig(AppConfig):
    name = "lms.h5p"
    label = "h5p"

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "LibraryRelease.installed_by": "move",
        "Content.owner": "move",
        "Result.user": "move",
        "UserState.user": "move",
    }

    def ready(self) -> None:
        from lms.h5p import navigation, policies  # noqa: F401
