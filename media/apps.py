"""The media rooms: a file's life from upload to deletion."""

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Files: upload, probe, transcode, stream, delete."""

    name = "media"
    label = "media"
    verbose_name = _("Files")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Asset.owner": "move",
        "Note.author": "move",
        "Upload.owner": "move",
    }

    def ready(self) -> None:
        """Make the rules, the menu and the checks of the room known."""
        from media import checks, navigation, policies  # noqa: F401
