"""A platform sends somebody: the login that it initiates, and the signed message that must answer it.

(LTI Core 1.3, section 4; Security Framework 1.0, section 5.1.) Between the two steps the browser keeps a cookie of its own: it is
no session: nobody is signed in here by a launch, and whoever is signed in stays so.
"""

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.lti import jose, names
from lms.lti.addresses import absolute
from lms.lti.models import Learner, Platform, Visit
from lms.lti.once import spend
from lms.lti.policies import covers
from lms.models import CourseState, Lesson

SECONDS = 600
VISIT_HOURS = 4
_SALT = "lti.state"
COOKIE = "lti_way_"
TEACHING = ("Instructor", "ContentDeveloper", "Administrator", "TeachingAssistant")
LONGEST = 255


class Refused(Exception):
    """A launch that is not believed; the text says why, for the person. `again` may hold how to try in a window of its own."""

    def __init__(self, text: str, again: dict[str, str] | None = None, platform: Platform | None = None) -> None:
        super().__init__(text)
        self.again, self.platform = again, platform


@dataclass(frozen=True)
class Way:
    """To the platform's sign-in, and the cookie that ties the answer to this browser."""

    address: str
    cookie: str
    value: str


def way_open(asked: dict[str, str]) -> Way:
    """Begin: the platform told us to start (third-party initiated login). Raises Refused for a platform that is not registered."""
    rows = Platform.objects.filter(issuer=asked.get("iss", ""), enabled=True)
    if asked.get("client_id"):
        rows = rows.filter(client_id=asked["client_id"])
    found: list[Platform] = list(rows[:2])
    if len(found) != 1:
        raise Refused(_("This platform is not connected here, or it has been turned off."))
    if not asked.get("login_hint") or not _ours(asked.get("target_link_uri", "")):
        raise Refused(_("The platform's request cannot be read."))
    platform, nonce, secret = found[0], secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    kept = {name: asked[name] for name in ("login_hint", "lti_message_hint", "target_link_uri") if asked.get(name)}
    state = signing.dumps({"p": platform.pk, "n": nonce, "c": _digest(secret), "a": kept}, salt=_SALT, compress=True)
    values = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": absolute("arrive"),
        "login_hint": asked["login_hint"],
        "nonce": nonce,
        "state": state,
    }
    if asked.get("lti_message_hint"):
        values["lti_message_hint"] = asked["lti_message_hint"]
    joint = "&" if urlsplit(platform.auth_url).query else "?"
    return Way(platform.auth_url + joint + urlencode(values), COOKIE + _digest(secret)[:12], secret)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _ours(address: str) -> bool:
    return address.split("?")[0] == absolute("arrive")


def _state(state: str) -> tuple[Platform, dict[str, Any]]:
    try:
        kept: dict[str, Any] = signing.loads(state, salt=_SALT, max_age=SECONDS)
    except signing.SignatureExpired as error:
        raise Refused(_("That took too long. Go back to the platform and open the lesson again.")) from error
    except (signing.BadSignature, ValueError) as error:
        raise Refused(_("The platform's request cannot be read.")) from error
    platform: Platform | None = Platform.objects.select_related("node").filter(pk=kept["p"], enabled=True).first()
    if platform is None:
        raise Refused(_("This platform is not connected here, or it has been turned off."))
    return platform, kept


def arrive(*, state: str, id_token: str, error: str, cookies: dict[str, str]) -> tuple[Visit, str]:
    """The visit that a signed message opens, with the word for its address; raises Refused for any that is not believed."""
    platform, kept = _state(state)
    secret = cookies.get(COOKIE + kept["c"][:12], "")
    if _digest(secret) != kept["c"]:
        again = {"iss": platform.issuer, "client_id": platform.client_id, **kept["a"]}
        raise Refused(
            _("This browser keeps no cookies in a frame of another site. Open the lesson in a window of its own."),
            again,
            platform,
        )
    if error:
        raise Refused(_("The platform did not sign you in (%(why)s).") % {"why": error[:60]}, platform=platform)
    try:
        claims = _believed(platform, id_token, kept["n"])
    except jose.BadToken as bad:
        text = _("The platform's message is not signed as it must be (%(why)s).") % {"why": bad}
        raise Refused(text, platform=platform) from bad
    if not spend("tool-nonce", platform.pk, kept["n"], seconds=2 * SECONDS):
        raise Refused(_("This message was used before. Go back to the platform and open the lesson again."))
    return _visit(platform, claims)


def _believed(platform: Platform, token: str, nonce: str) -> dict[str, Any]:
    claims = jose.verify(token, platform)
    if claims.get("iss") != platform.issuer:
        raise jose.BadToken("iss")
    audiences = claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    if platform.client_id not in audiences:
        raise jose.BadToken("aud")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != platform.client_id:
        raise jose.BadToken("azp")
    if claims.get("nonce") != nonce:
        raise jose.BadToken("nonce")
    if claims.get(names.LTI + "version") != names.VERSION:
        raise jose.BadToken("version")
    if claims.get(names.LTI + "deployment_id") not in platform.deployment_ids:
        raise jose.BadToken("deployment_id")
    if claims.get(names.LTI + "message_type") not in (names.RESOURCE_LINK, names.DEEP_LINKING):
        raise jose.BadToken("message_type")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= LONGEST or "\x00" in sub:
        raise jose.BadToken("sub")
    return claims


def _visit(platform: Platform, claims: dict[str, Any]) -> tuple[Visit, str]:
    teaches = _teaches(claims.get(names.LTI + "roles"))
    made: Visit = Visit(language=_language(claims), until=timezone.now() + datetime.timedelta(hours=VISIT_HOURS))
    if claims[names.LTI + "message_type"] == names.DEEP_LINKING:
        if not teaches:
            raise Refused(_("Only those who teach there choose a lesson."), platform=platform)
        made.choosing = _choosing(claims, platform)
    else:
        made.lesson = _lesson(platform, claims)
        made.line_item = "" if teaches else _line_item(claims)
    made.learner, _made = Learner.objects.get_or_create(platform=platform, sub=claims["sub"])
    word = secrets.token_urlsafe(32)
    made.hash = _digest(word)
    made.save()
    return made, word


def _teaches(roles: Any) -> bool:
    found = roles if isinstance(roles, list) else []
    return any(str(role).replace("#", "/").rpartition("/")[2] in TEACHING for role in found)


def _language(claims: dict[str, Any]) -> str:
    shown = claims.get(names.LTI + "launch_presentation")
    wish = (shown.get("locale") if isinstance(shown, dict) else "") or claims.get("locale") or ""
    return "en" if str(wish).lower().startswith("en") else "vi"


def offered(platform: Platform, lesson_pk: int) -> Lesson | None:
    """The published lesson, while its course is offered to the platform by a school that the platform serves."""
    rows = Lesson.objects.select_related("course__school__node").filter(
        pk=lesson_pk, live=True, course__state=CourseState.OPEN, course__lti_platforms=platform
    )
    lesson: Lesson | None = rows.first()
    return lesson if lesson is not None and covers(platform.node, lesson.course.school) else None


def _lesson(platform: Platform, claims: dict[str, Any]) -> Lesson:
    custom = claims.get(names.LTI + "custom")
    named = custom.get("lesson") if isinstance(custom, dict) else None
    target = str(claims.get(names.LTI + "target_link_uri") or "")
    if not named:
        named = (parse_qs(urlsplit(target).query).get("lesson") or [""])[0]
    text = str(named)
    lesson = offered(platform, int(text)) if text.isascii() and text.isdigit() and len(text) < 15 else None
    if lesson is None:
        raise Refused(
            _("This lesson is not offered here (any more). Tell the teacher who put it there."), platform=platform
        )
    return lesson


def _line_item(claims: dict[str, Any]) -> str:
    services = claims.get(names.AGS_CLAIM)
    address = services.get("lineitem") if isinstance(services, dict) else None
    scopes = services.get("scope") if isinstance(services, dict) else None
    plain = isinstance(address, str) and address.startswith(("https://", "http://")) and len(address) <= 1000
    return str(address) if plain and isinstance(scopes, list) and names.SCORE in scopes else ""


def _choosing(claims: dict[str, Any], platform: Platform) -> dict[str, Any]:
    settings = claims.get(names.DL + "deep_linking_settings")
    asked: dict[str, Any] = settings if isinstance(settings, dict) else {}
    address, accepts = asked.get("deep_link_return_url"), asked.get("accept_types")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise Refused(_("The platform's request cannot be read."), platform=platform)
    if not isinstance(accepts, list) or "ltiResourceLink" not in accepts:
        raise Refused(_("The platform takes no lessons at this place."), platform=platform)
    return {
        "deployment_id": claims[names.LTI + "deployment_id"],
        "return_url": address,
        "data": asked.get("data"),
        "lineitem": bool(asked.get("accept_lineitem", True)),
    }
