"""Which rows of the sessions are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import TRACES, contribute

contribute(
    "sso.HostSession",
    "user",
    title=_("Sign-ins now"),
    kind=TRACES,
    fields=("host", "device", "started"),
    dated="started",
    erasable=True,
)
