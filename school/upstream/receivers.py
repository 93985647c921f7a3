"""One sign-in with us links what another institution has said before it in the same browser."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from school.identity.models import User

from .services import pending_finish


@receiver(user_logged_in)
def link_after_sign_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """The person who signed in is the one the other institution named: from now on its button suffices."""
    idp = pending_finish(request=request, user=user)
    if idp is not None:
        messages.success(request, _("From now on you can sign in with %(name)s.") % {"name": idp.name})
