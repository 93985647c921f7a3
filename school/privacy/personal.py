"""Requests and consents themselves, and the libraries that cannot speak for themselves."""

from django.utils.translation import gettext_lazy as _

from school.personal import RECORDS, TRACES, TRAIL, contribute, excuse

contribute(
    "privacy.DataRequest",
    "person",
    title=_("Requests about personal data"),
    kind=RECORDS,
    fields=("kind", "text", "state", "created", "answer", "answered_at"),
)
contribute(
    "privacy.Consent",
    "child",
    title=_("Consents"),
    kind=RECORDS,
    fields=("purpose", "by__full_name", "given_at", "withdrawn_at"),
)
contribute(
    "privacy.Consent",
    "by",
    title=_("Consents given"),
    kind=RECORDS,
    fields=("purpose", "child__full_name", "given_at", "withdrawn_at"),
)
contribute(
    "privacy.DataExport",
    "person",
    title=_("Copies of one's data"),
    kind=TRACES,
    fields=("created", "state"),
    dated="created",
)
contribute("audit.Entry", "subject_id", title=_("Trail"), kind=TRAIL, fields=("at", "action", "target_name"))
_WORK = "Says who asked or answered for somebody; the request is that person's."
excuse("privacy.DataRequest", "asked_by", "acknowledged_by", "answered_by", reason=_WORK)
excuse("privacy.DataExport", "asked_by", reason=_WORK)
excuse("privacy.RetentionRule", "changed_by", reason=_WORK)
excuse("privacy.RetentionRun", "confirmed_by", reason=_WORK)
for _app in ("wagtailcore", "wagtailadmin", "wagtailimages", "wagtaildocs", "wagtailusers", "portal"):
    excuse(f"{_app}.*", reason="Editing of public pages: work of the office, with its own log in Wagtail.")
