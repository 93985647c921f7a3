"""Linking an identity of another institution with a person of the roster; nobody gets an account by it."""

import time
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest

from school.identity.models import User

from .selectors import Idp, idp_of, is_linked_otherwise

PENDING = "upstream_pending"
# So long after the provider's answer a local sign-in still links the two.
PENDING_SECONDS = 600


@transaction.atomic
def link_make(*, idp: Idp, user: User, uid: str) -> SocialAccount:
    """Link the identity with the person; the same link twice is one. Claims are not kept.

    Raises ValueError when the identity is another person's, or the person has another identity there.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if is_linked_otherwise(idp, user, uid):
        raise ValueError("The person is linked to another identity of this provider.")
    link: SocialAccount
    link, _ = SocialAccount.objects.get_or_create(provider=idp.id, uid=uid, defaults={"user": user})
    if link.user_id != user.pk:
        raise ValueError("The identity is linked to another person.")
    return link


def link_end(*, user: Any, provider_id: str) -> bool:
    """Forget the person's link with a provider; whether there was one."""
    gone, _ = SocialAccount.objects.filter(user=user, provider=provider_id).delete()
    return bool(gone)


def pending_keep(*, request: HttpRequest, idp: Idp, user: User, uid: str) -> None:
    """Remember in this browser's session who must sign in here once for the link to be made."""
    request.session[PENDING] = {"idp": idp.id, "user": user.pk, "uid": uid, "at": int(time.time())}


def pending_finish(*, request: HttpRequest, user: User) -> Idp | None:
    """After a local sign-in: make the waiting link when it waits for this person; the provider, or None."""
    waiting = request.session.pop(PENDING, None)
    if not waiting or waiting["user"] != user.pk or time.time() - waiting["at"] > PENDING_SECONDS:
        return None
    idp = idp_of(waiting["idp"])
    if idp is None:
        return None
    try:
        link_make(idp=idp, user=user, uid=waiting["uid"])
    except ValueError:
        return None
    return idp
