"""Sign-in by code, phone or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from school.phones import normalise_phone

from .models import User


def user_of_login(login: str) -> User | None:
    """The one active person with this code, e-mail or phone; None when nobody or more than one fits.

    A phone shared by two people (a mother and her daughter) cannot sign either in: they use their codes.
    """
    login = login.strip()
    if not login:
        return None
    exact: User | None = User.objects.filter(code=login).first() or User.objects.filter(code__iexact=login).first()
    if exact is not None:
        return exact
    if "@" in login:
        found: list[User] = list(User.objects.filter(email__iexact=login, is_active=True)[:2])
    else:
        phone = normalise_phone(login)
        found = list(User.objects.filter(phone=phone, is_active=True)[:2]) if phone else []
    return found[0] if len(found) == 1 else None


class CodePhoneEmailBackend(ModelBackend):
    """Django's model backend that also knows people by phone and e-mail and refuses an outlived first password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person when the password is right, else None; an unknown login costs as much time as a wrong password."""
        if not username or password is None:
            return None
        user = user_of_login(username)
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password) or not self.user_can_authenticate(user):
            return None
        if user.must_change_password and user.initial_password_until and user.initial_password_until < timezone.now():
            return None
        return user
