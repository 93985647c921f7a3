from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "school.portal"
    label = "portal"
    verbose_name = _("Portals")

    # Two accounts of one person become one (school.people).
    merges: ClassVar[dict[str, str]] = {"NewsPage_pictured.user": "move", "NewsPage_named.user": "move"}

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
        from .forms import NewsForm
        from .models import NewsPage

        # Wagtail wants a class, and the form reads the models.
        NewsPage.base_form_class = NewsForm
