"""Which files are whose."""

from django.utils.translation import gettext_lazy as _

from school.personal import LEARNING, WORK, contribute, excuse

contribute("media.Asset", "owner", title=_("Files"), kind=WORK, fields=("title", "kind", "size", "created"))
contribute(
    "media.Note",
    "author",
    title=_("Notes on recordings"),
    kind=LEARNING,
    fields=("asset__title", "at", "text", "changed"),
    dated="changed",
    erasable=True,
    private=True,
)
excuse(
    "media.Upload", "owner", reason="An unfinished upload; the sweep drops it after a day, a finished one is a file."
)
