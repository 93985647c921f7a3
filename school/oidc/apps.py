from functools import lru_cache
from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OidcConfig(AppConfig):
    name = "school.oidc"
    label = "oidc"
    verbose_name = _("Sign-in for other applications")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Consent.user": "drop",
        "Grant.user": "stay",
        "Notice.user": "stay",
    }

    def ready(self) -> None:
        from allauth.core.internal import jwkkit

        from . import navigation, policies, receivers  # noqa: F401

        # Reading a key proves its numbers anew, a tenth of a second for each token made or shown. A key never changes.
        if not hasattr(jwkkit.load_jwk_from_pem, "cache_info"):
            jwkkit.load_jwk_from_pem = lru_cache(maxsize=16)(jwkkit.load_jwk_from_pem)
