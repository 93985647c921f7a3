from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "school.audit"
    label = "audit"
    verbose_name = _("The trail")
