"""Which rows of the contact book are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import CONTACT, contribute, excuse

contribute(
    "parentportal.Message",
    "thread__student",
    title=_("Messages about the child"),
    kind=CONTACT,
    fields=("thread__title", "author__full_name", "body", "created_at"),
)
contribute(
    "parentportal.Message",
    "author",
    title=_("Messages written"),
    kind=CONTACT,
    fields=("thread__title", "body", "created_at"),
)
contribute(
    "parentportal.Receipt",
    "user",
    title=_("Messages read"),
    kind=CONTACT,
    fields=("thread__title", "seen_at", "acknowledged_at"),
)
contribute(
    "parentportal.Delivery",
    "recipient",
    title=_("Messages sent to you"),
    kind=CONTACT,
    fields=("channel", "to", "subject", "text", "state", "created_at", "sent_at"),
    dated="created_at",
)
contribute(
    "parentportal.Delivery",
    "student",
    title=_("Messages sent about the child"),
    kind=CONTACT,
    fields=("channel", "subject", "text", "state", "created_at", "sent_at"),
)
excuse("parentportal.Thread", "student", reason="Its messages are contributed by their thread's child.")
excuse("parentportal.Thread", "opened_by", "last_author", reason="The messages themselves carry their authors.")
