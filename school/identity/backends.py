"""Sign-in by code, phone or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from school.phones import normalise_phone

from .models import User

# So many people at most are asked for one phone or e-mail: a password check is slow on purpose.
SHARED_BY = 4


def users_of_login(login: str) -> list[User]:
    """The people who may mean themselves by this code, e-mail or phone: one by a code, a family by its phone, or nobody."""
    login = login.strip()
    if not login:
        return []
    exact: User | None = User.objects.filter(code=login).first() or User.objects.filter(code__iexact=login).first()
    if exact is not None:
        return [exact]
    people = User.objects.filter(is_active=True).order_by("pk")
    if "@" in login:
        return list(people.filter(email__iexact=login)[:SHARED_BY])
    phone = normalise_phone(login)
    return list(people.filter(phone=phone)[:SHARED_BY]) if phone else []


def account_keys(login: str) -> list[str]:
    """What wrong passwords are counted under: the account, however it was named; the typed word when nobody has it."""
    return [f"account:{user.pk}" for user in users_of_login(login)] or [f"unknown:{login.strip().lower()[:100]}"]


class CodePhoneEmailBackend(ModelBackend):
    """Django's model backend that also knows people by phone and e-mail and refuses an outlived first password.

    Two parents with one phone are told apart by their passwords. ``request.refusal`` says why a right password did not open:
    "expired" (an outlived slip) or "shared" (two people with one phone and one password).
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The person when the password is right, else None; an unknown login costs as much time as a wrong password."""
        if not username or password is None:
            return None
        candidates = users_of_login(username)
        if not candidates:
            User().set_password(password)
        # All are asked, the first match does not end it: the time tells nobody whose password it was.
        fitting = [user for user in candidates if user.check_password(password)]
        fitting = [user for user in fitting if self.user_can_authenticate(user)]
        if len(fitting) != 1:
            if fitting:
                self._refuse(request, "shared")
            return None
        user = fitting[0]
        if user.must_change_password and user.initial_password_until and user.initial_password_until < timezone.now():
            self._refuse(request, "expired")
            return None
        return user

    def _refuse(self, request: HttpRequest | None, why: str) -> None:
        if request is not None:
            request.refusal = why  # type: ignore[attr-defined]
