from typing import ClassVar

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "school.privacy"
    label = "privacy"
    verbose_name = _("Personal data")

    # Two accounts of one person become one (school.people): requests and consents move, copies of either are made anew.
    merges: ClassVar[dict[str, str]] = {
        "DataExport.person": "drop",
        "DataExport.asked_by": "drop",
        "DataRequest.person": "move",
        "DataRequest.asked_by": "move",
        "DataRequest.acknowledged_by": "stay",
        "DataRequest.answered_by": "stay",
        "Consent.child": "move",
        "Consent.by": "move",
        "RetentionRule.changed_by": "stay",
        "RetentionRun.confirmed_by": "stay",
    }

    def ready(self) -> None:
        from . import navigation, policies  # noqa: F401

        # Every room says itself which of its rows are about whom.
        autodiscover_modules("personal")
