"""Which rows of parents' codes are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import RECORDS, contribute, excuse

contribute(
    "families.ParentRequest",
    "account",
    title=_("Requests to join as a parent"),
    kind=RECORDS,
    fields=("student__full_name", "name", "phone", "relation", "state", "created"),
)
contribute(
    "families.ParentRequest",
    "student",
    title=_("Parents who asked to join"),
    kind=RECORDS,
    fields=("name", "relation", "state", "created"),
)
_WORK = "Says who at the school made or answered it; the trail tells it."
excuse("families.ParentRequest", "by", reason=_WORK)
excuse("families.ParentCode", "by", reason=_WORK)
excuse("families.ParentCode", "student", reason="A one-time code for the parents, kept as a hash until it expires.")
