"""The way to the content host: signed addresses, and the page's data as the H5P core wants it.

The content host knows no cookies. Who may see what is decided on the platform; the decision travels in a signed address that
soon expires, and is asked again (cached for a minute) for every file, so that a pupil who changes class loses it at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.h5p.addresses import activity_id, content_origin, platform_origin
from lms.h5p.models import Content
from lms.h5p.selectors import Playing, states_of
from school.identity.models import User
from school.policy import visible

URLCONF = "lms.h5p.urls_content"
PAGE_SECONDS = 10 * 60
FILES_SECONDS = 6 * 3600
_ASK_AGAIN = 60
_PAGE_SALT, _FILES_SALT, _CONTEXT_SALT = "h5p.page", "h5p.files", "h5p.context"


def context_sign(content: Content, context: str) -> str:
    """What a page hands to the player so that results are kept for this context (a lesson, say) and no other."""
    return signing.dumps([content.pk, context], salt=_CONTEXT_SALT)


def context_read(content: Content, signed: str) -> str:
    """The context of `context_sign`; "" for an empty one. Raises Http404 for one that was not given out for the content."""
    if not signed:
        return ""
    try:
        pk, context = signing.loads(signed, salt=_CONTEXT_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    if pk != content.pk:
        raise Http404
    return str(context)


def page_url(user: Any, content: Content, context: str) -> str:
    """The player's address for this person (None: a guest, for whom the context speaks), good for PAGE_SECONDS."""
    token = signing.dumps([user.pk if user else GUEST, content.pk, context], salt=_PAGE_SALT)
    return content_origin() + reverse("play", urlconf=URLCONF, args=[token])


@dataclass(frozen=True)
class Guest:
    """Somebody without an account: in which language the player speaks, and whose pages stand around our own."""

    language: str
    ancestors: tuple[str, ...] = ()


# A room above says who the guest of a context is and whether they may see the content (by its id): None when not.
GuestOf = Callable[[str, int], Guest | None]
GUEST = 0
_GUESTS: list[GuestOf] = []


def guests_by(function: GuestOf) -> GuestOf:
    """Register `function(context, content id)`; usable as a decorator."""
    if function not in _GUESTS:
        _GUESTS.append(function)
    return function


def _guest(context: str, content_pk: int) -> Guest | None:
    return next((found for function in _GUESTS if (found := function(context, content_pk))), None)


@dataclass(frozen=True)
class Visit:
    """Who looks at what, read from a signed address; `user` is None for a guest."""

    user: User | None
    content: Content
    context: str
    guest: Guest | None = None

    @property
    def language(self) -> str:
        """The reader's."""
        return self.user.language if self.user else self.guest.language if self.guest else settings.LANGUAGE_CODE


def visit_of(token: str, *, files: bool = False) -> Visit:
    """The visit that a token was signed for. Raises Http404 when it is false, too old, or the right has ended."""
    salt, age = (_FILES_SALT, FILES_SECONDS) if files else (_PAGE_SALT, PAGE_SECONDS)
    try:
        user_pk, content_pk, context = signing.loads(token, salt=salt, max_age=age)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    user = User.objects.filter(pk=user_pk, is_active=True).first() if user_pk != GUEST else None
    guest = _guest(str(context), content_pk) if user_pk == GUEST else None
    if guest is None and (user is None or not _still_visible(user, content_pk)):
        raise Http404
    content = Content.objects.filter(pk=content_pk).select_related("main").first()
    if content is None:
        raise Http404
    return Visit(user, content, str(context), guest)


def _still_visible(user: User, content_pk: int) -> bool:
    key = f"h5p-visible-{user.pk}-{content_pk}"
    known = cache.get(key)
    if known is None:
        known = visible(user, Content).filter(pk=content_pk).exists()
        cache.set(key, known, _ASK_AGAIN)
    return bool(known)


def files_url(visit: Visit) -> str:
    """The address below which the content's own files lie, good for FILES_SECONDS; without a slash at its end."""
    token = signing.dumps([visit.user.pk if visit.user else GUEST, visit.content.pk, visit.context], salt=_FILES_SALT)
    return reverse("content-file", urlconf=URLCONF, args=[token, "x"]).removesuffix("/x")


def libraries_url() -> str:
    """The address below which libraries lie; without a slash at its end."""
    return reverse("library-file", urlconf=URLCONF, args=["x", "x"]).removesuffix("/x/x")


def integration(visit: Visit, playing: Playing, files: str) -> dict[str, Any]:
    """The H5PIntegration object of the page; `files` is the address of `files_url`.

    It holds nothing about the person: packages need not know who plays.
    """
    content, libraries = visit.content, libraries_url()
    styles = [f"{libraries}/{path}" for path in playing.assets("preloadedCss")]
    scripts = [f"{libraries}/{path}" for path in playing.assets("preloadedJs")]
    return {
        "baseUrl": content_origin(),
        "url": content_origin(),
        "siteUrl": platform_origin(),
        "urlLibraries": content_origin() + libraries,
        "libraryDirectories": {release.library.name.folder: release.folder_name for release in playing.releases},
        "postUserStatistics": False,
        "saveFreq": 5,
        "ajax": {"contentUserData": "", "setFinished": ""},
        "user": {"name": "-", "mail": f"nguoi-hoc@{settings.PLATFORM_HOST.partition(':')[0]}"},
        "reportingIsEnabled": False,
        "core": {"styles": [], "scripts": []},
        "loadedCss": styles,
        "loadedJs": scripts,
        "hubIsEnabled": False,
        "l10n": {"H5P": words()},
        "contents": {
            f"cid-{content.pk}": {
                "library": str(content.main),
                "jsonContent": json.dumps(content.params, ensure_ascii=False),
                "fullScreen": "0",
                "title": content.title,
                "url": activity_id(content.pk),
                "contentUrl": content_origin() + files,
                "displayOptions": {
                    "frame": False,
                    "export": False,
                    "embed": False,
                    "copyright": False,
                    "icon": False,
                    "copy": False,
                },
                "metadata": {**content.metadata, "title": content.title},
                "contentUserData": states_of(visit.user, content, visit.context) if visit.user else {},
            }
        },
    }


def words() -> dict[str, str]:
    """The core's own few words in the reader's language; a content's words come with the content."""
    return {
        "fullscreen": _("Full screen"),
        "disableFullscreen": _("Leave full screen"),
        "close": _("Close"),
        "confirmDialogHeader": _("Please confirm"),
        "confirmDialogBody": _("Go on? This cannot be undone."),
        "cancelLabel": _("Cancel"),
        "confirmLabel": _("Confirm"),
        "contentChanged": _("This content has changed since you were last here."),
        "startingOver": _("You start over."),
        "offlineDialogHeader": _("No connection to the server"),
        "offlineDialogBody": _("Your answers are kept on this machine and sent when the network is back."),
        "offlineSuccessfulSubmit": _("Your answers were sent."),
        "retryButtonLabel": _("Try again now"),
        "retryCountdown": _("Next try in :num seconds"),
        "connectionLost": _("The connection is lost."),
        "connectionReestablished": _("The connection is back."),
        "resubmitScores": _("Sending your results again."),
        "scoreBarLabel": _(":num of :total points"),
        "title": _("Title"),
        "author": _("Author"),
        "source": _("Source"),
        "license": _("Licence"),
        "copyrightInformation": _("Rights of use"),
        "contentType": _("Kind of content"),
        "noCopyrights": _("Nothing is known about the rights of this content."),
        "hideAdvanced": _("Hide details"),
        "showAdvanced": _("Show details"),
        "advancedHelp": _("Use this script if you want the frame to fit the content:"),
        "subLevel": _("Part"),
        "thumbnail": _("Small picture"),
    }
