from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class RowSecurityConfig(AppConfig):
    name = "school.row_security"
    label = "row_security"

    def ready(self) -> None:
        from celery.signals import task_postrun, task_prerun

        from . import receivers

        connection_created.connect(receivers.connected)
        task_prerun.connect(receivers.task_begins)
        task_postrun.connect(receivers.task_ended)
        pre_migrate.connect(self._step_aside, sender=self)
        post_migrate.connect(self._install, sender=self)

    def _step_aside(self, using: str, plan: Any = (), **_: Any) -> None:
        from .install import step_aside

        if apps := {migration.app_label for migration, _backwards in plan or ()}:
            step_aside(connections[using], apps)

    def _install(self, using: str, **_: Any) -> None:
        from .install import install

        install(connections[using])
