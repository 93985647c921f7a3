from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LmsConfig(AppConfig):
    name = "lms"
    label = "lms"
    verbose_name = _("Lessons")

    def ready(self) -> None:
        from lms import navigation, policies, receivers  # noqa: F401
