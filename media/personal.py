"""Which files are whose."""

from django.utils.translation import gettext_lazy as _

from school.personal import WORK, contribute, excuse

contribute("media.Asset", "owner", title=_("Files"), kind=WORK, fields=("title", "kind", "size", "created"))
excuse(
    "media.Upload", "owner", reason="An unfinished upload; the sweep drops it after a day, a finished one is a file."
)
