"""Which rows of the accounts are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import ACCOUNT, RECORDS, TRACES, contribute, excuse

contribute(
    "identity.User",
    "pk",
    title=_("Person"),
    kind=RECORDS,
    fields=(
        *(
            "code",
            "full_name",
            "birth_date",
            "gender",
            "phone",
            "email",
            "ministry_code",
            "citizen_id",
            "ethnicity",
            "address",
        ),
        *("language", "is_active", "date_joined", "last_login"),
    ),
)
contribute(
    "account.EmailAddress", "user", title=_("E-mail addresses"), kind=ACCOUNT, fields=("email", "verified", "primary")
)
contribute(
    "mfa.Authenticator", "user", title=_("Second factors"), kind=ACCOUNT, fields=("type", "created_at", "last_used_at")
)
contribute(
    "socialaccount.SocialAccount",
    "user",
    title=_("Outside sign-ins"),
    kind=TRACES,
    fields=("provider", "uid", "date_joined", "last_login"),
    erasable=True,
)
excuse("identity.User", "groups", "user_permissions", reason="Rights of Wagtail's admin that follow from posts.")
