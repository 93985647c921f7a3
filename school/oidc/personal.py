"""Which rows of connected applications are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import TRACES, contribute, excuse

contribute(
    "oidc.Consent",
    "user",
    title=_("Applications connected"),
    kind=TRACES,
    fields=("client__name", "scopes", "given"),
    dated="given",
    erasable=True,
)
contribute(
    "oidc.Grant",
    "user",
    title=_("Sign-ins at applications"),
    kind=TRACES,
    fields=("client__name", "auth_time", "until"),
    dated="created",
    erasable=True,
)
excuse("oidc.Notice", "user", reason="A sign-out notice on its way to an application; gone when it has arrived.")
excuse("allauth_idp_oidc.Token", "user", reason="A key of an application, kept as a hash; its sign-in is told.")
excuse("allauth_idp_oidc.Client", "owner", reason="Says who connected an application for the office.")
