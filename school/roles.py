"""The roles of the district; rights come from a dated relation, never from a role alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The first five are appointed (a membership); the others follow from a relation to a class or a child."""

    OFFICE_ADMIN = "office_admin", _("Office administrator")
    PRINCIPAL = "principal", _("Principal")
    VICE_PRINCIPAL = "vice_principal", _("Vice principal")
    SCHOOL_ADMIN = "school_admin", _("School administrator")
    LIBRARIAN = "librarian", _("Librarian")
    TEACHER = "teacher", _("Teacher")
    HOMEROOM = "homeroom", _("Homeroom teacher")
    STUDENT = "student", _("Student")
    PARENT = "parent", _("Parent")


APPOINTED = (
    Role.OFFICE_ADMIN,
    Role.PRINCIPAL,
    Role.VICE_PRINCIPAL,
    Role.SCHOOL_ADMIN,
    Role.LIBRARIAN,
    Role.TEACHER,
)
STAFF = (*APPOINTED, Role.HOMEROOM)
