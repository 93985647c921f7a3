"""Which rows of the exercises are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import LEARNING, WORK, contribute, excuse

contribute(
    "h5p.Result",
    "user",
    title=_("Exercise results"),
    kind=LEARNING,
    fields=("content__title", "score", "max_score", "attempts", "opened_at", "finished_at"),
    dated="opened_at",
    erasable=True,
)
contribute(
    "h5p.UserState",
    "user",
    title=_("Exercises begun"),
    kind=LEARNING,
    fields=("content__title", "changed"),
    dated="changed",
    erasable=True,
)
contribute("h5p.Content", "owner", title=_("Exercises made"), kind=WORK, fields=("title", "created"))
excuse("h5p.LibraryRelease", "installed_by", reason="Says which administrator installed a library.")
