"""Beginning and ending a look; both are told to the trail, and the person reads of it."""

import datetime
import time

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from school.audit.services import record
from school.identity.models import User
from school.policy import can
from school.row_security import unfenced

from .looking import KEY, SECONDS, Look, begun, is_over

SHORTEST, LONGEST = 10, 300


class LookError(ValueError):
    """The look cannot begin; the text is for the person who asked."""


@transaction.atomic
def look_begin(*, request: HttpRequest, person: User, reason: str) -> None:
    """Let the signed-in person look as ``person`` for 15 minutes. Raises LookError with a sentence when that cannot be."""
    reason = " ".join(reason.split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise LookError(_("Say in a few words why, e.g. who asked for help and with what (10 to 300 letters)."))
    if begun(request) is not None:
        raise LookError(_("You are looking as somebody already; end that first."))
    # The rule asks whether the person also belongs elsewhere, which the looker does not reach.
    with unfenced():
        allowed = can(request.user, "look_as", person)
    if not allowed:
        raise LookError(_("You may not look as this person."))
    request.session[KEY] = {"person": person.pk, "until": time.time() + SECONDS, "reason": reason}
    record(
        actor=request.user,
        action="impersonation_started",
        target=person,
        detail={"reason": reason, "minutes": SECONDS // 60},
        request=request,
    )


@transaction.atomic
def look_end(*, request: HttpRequest, how: str) -> None:
    """End the look, if there is one; ``how`` is a word for the trail: "button", "time" or "right"."""
    kept = request.session.pop(KEY, None)
    if kept is not None:
        person = User.objects.filter(pk=kept["person"]).first()
        record(actor=request.user, action="impersonation_ended", target=person, detail={"how": how}, request=request)


def look_now(request: HttpRequest) -> Look | None:
    """The look that this request belongs to. One whose time is over, or that is no longer allowed, ends here."""
    kept = begun(request)
    if kept is None or not request.user.is_authenticated:
        return None
    person = User.objects.filter(pk=kept["person"]).first()
    if is_over(kept):
        look_end(request=request, how="time")
        return None
    if person is None or not can(request.user, "look_as", person):
        look_end(request=request, how="right")
        return None
    until = datetime.datetime.fromtimestamp(float(str(kept["until"])), datetime.UTC)
    return Look(request.user, person, str(kept["reason"]), until)
