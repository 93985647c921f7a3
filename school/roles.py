"""The roles of the district; rights come from a dated relation, never from a role alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Posts are held by appointment (a membership); the others follow from a relation to a class or a child."""

    OFFICE_ADMIN = "office_admin", _("Office administrator")
    PRINCIPAL = "principal", _("Principal")
    VICE_PRINCIPAL = "vice_principal", _("Vice principal")
    SCHOOL_ADMIN = "school_admin", _("School administrator")
    LIBRARIAN = "librarian", _("Librarian")
    TEACHER = "teacher", _("Teacher")
    EMPLOYEE = "employee", _("Staff member")
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
# Whoever holds a post at a place: an employee (accountant, nurse, guard) belongs to the school and reads, no more.
POSTS = (*APPOINTED, Role.EMPLOYEE)
STAFF = (*POSTS, Role.HOMEROOM)
