"""The person behind a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from school.identity.models import User


def person(request: HttpRequest) -> User:
    """The signed-in person; for views behind a gate (@access, @signed_in), where there always is one.

    Raises PermissionDenied when there is none after all.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
