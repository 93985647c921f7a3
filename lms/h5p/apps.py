from django.apps import AppConfig


class H5pConfig(AppConfig):
    name = "lms.h5p"
    label = "h5p"
