from django.apps import AppConfig


class H5pConfig(AppConfig):
    name = "lms.h5p"
    label = "h5p"

    def ready(self) -> None:
        from lms.h5p import navigation, policies  # noqa: F401
