"""Which rows of external tools are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import LEARNING, TRACES, contribute, excuse

contribute(
    "lti.Score",
    "student",
    title=_("Results from external tools"),
    kind=LEARNING,
    fields=("item__label", "given", "maximum", "activity", "at"),
    dated="received",
    erasable=True,
)
contribute(
    "lti.Pseudonym",
    "user",
    title=_("Known to external tools"),
    kind=TRACES,
    fields=("tool__name", "sub"),
    erasable=True,
)
excuse("lti.Choice", "user", reason="A teacher's way to a tool and back; gone after a day.")
