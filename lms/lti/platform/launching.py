"""A launch: we send the person to the tool's door, the tool sends them back to ours, and we answer with a signed message.

(LTI Core 1.3; 1EdTech Security Framework 1.0, section 5.1.) Between the two steps travels a hint, signed, five minutes long, good
once, and bound to the person, the session and the place. The policy is asked at both steps.
"""

import hashlib
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core import signing
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.lti import jose, names
from lms.lti.addresses import absolute
from lms.lti.models import Choice, Link, Pseudonym, Tool
from lms.lti.once import spend
from lms.lti.platform.people import pseudonym, roles_in, told
from lms.lti.policies import covers
from lms.models import Course
from school.identity.models import User
from school.oidc.keys import issuer
from school.policy import can

SECONDS = 300
TOKEN_SECONDS = 600
LONGEST = 2000
_SALT = "lti.hint"
LINK, CHOOSE = "link", "choose"


class Refused(Exception):
    """A launch that does not happen; the text says why, for the person."""


@dataclass(frozen=True)
class Message:
    """What the tool's page is to be told and where it is posted."""

    redirect_uri: str
    fields: dict[str, str]
    framed: bool


def session_mark(session_key: str | None) -> str:
    """A digest of the session's key: it ties a hint to this browser and tells nothing of it."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:24]


def may_launch(user: User, link: Link) -> bool:
    """Whether the person may be sent to the tool from this place now: they read the lesson, or they write it."""
    lesson = link.lesson
    if not link.tool.enabled or not covers(link.tool.node, lesson.course.school):
        return False
    if can(user, "view", lesson) and lesson.materials.filter(link=link, live=True).exists():
        return True
    return can(user, "change", lesson)


def may_choose(user: User, choice: Choice) -> bool:
    """Whether the teacher may still choose for this block."""
    tool, school = choice.tool, choice.lesson.course.school
    return (
        choice.user_id == user.pk
        and tool.enabled
        and tool.uses_deep_linking
        and covers(tool.node, school)
        and can(user, "change", choice.lesson)
    )


def door(tool: Tool, place: tuple[str, uuid.UUID], target: str, user: User, session_key: str | None) -> str:
    """The tool's login address with all that it needs to send the person back (third-party initiated login).

    ``place`` is LINK or CHOOSE with the id of the link or of the choice.
    """
    kind, pk = place
    sub = str(pseudonym(tool, user).sub)
    hint = {"k": kind, "id": str(pk), "u": sub, "s": session_mark(session_key), "n": secrets.token_hex(8)}
    values = {
        "iss": issuer(),
        "login_hint": sub,
        "target_link_uri": target,
        "lti_message_hint": signing.dumps(hint, salt=_SALT),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    joint = "&" if urlsplit(tool.login_url).query else "?"
    return tool.login_url + joint + urlencode(values)


def read(query: QueryDict) -> dict[str, str]:
    """The request's parameters, each once; raises Refused for a doubled or a huge one."""
    if any(len(values) > 1 or len(values[0]) > LONGEST for _name, values in query.lists()):
        raise Refused(_("The tool's request cannot be read."))
    return {name: str(values[0]) for name, values in query.lists()}


def answer(query: Mapping[str, str], *, user: User, session_key: str | None) -> Message:
    """The signed message for a tool that came back. Raises Refused, before anything is sent anywhere, for whatever is not right."""
    tool = _asking(query)
    fault = _protocol_fault(query)
    if fault:
        error = {"error": fault[0], "error_description": fault[1], "state": query.get("state", "")}
        return Message(query["redirect_uri"], {key: value for key, value in error.items() if value}, tool.framed)
    hint = _hint(query, tool, user, session_key)
    if hint["k"] == CHOOSE:
        choice = (
            Choice.objects.select_related("tool__node", "lesson__course__school__node").filter(pk=hint["id"]).first()
        )
        if choice is None or choice.tool_id != tool.pk or choice.item is not None or not may_choose(user, choice):
            raise Refused(_("You may not choose for this lesson (any more)."))
        claims, framed = _choosing(choice, user), False
    else:
        link = Link.objects.select_related("tool__node", "lesson__course__school__node").filter(pk=hint["id"]).first()
        if link is None or link.tool_id != tool.pk or not may_launch(user, link):
            raise Refused(_("This lesson is not open to you (any more)."))
        claims, framed = _studying(link, user), link.in_frame
    if not spend("hint", query["lti_message_hint"], seconds=2 * SECONDS):
        raise Refused(_("This way to the tool was used before. Go back to the lesson and open the tool again."))
    now = int(time.time())
    token = jose.sign(
        {
            "iss": issuer(),
            "aud": tool.client_id,
            "sub": hint["u"],
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": query["nonce"],
            names.LTI + "version": names.VERSION,
            names.LTI + "deployment_id": tool.deployment_id,
            **told(tool, user),
            **claims,
        }
    )
    return Message(query["redirect_uri"], {"id_token": token, "state": query["state"]}, framed)


def _asking(query: Mapping[str, str]) -> Tool:
    """The tool; raises Refused when it is unknown or off, or the address is not letter by letter one of its own."""
    tool: Tool | None = Tool.objects.filter(client_id=query.get("client_id", ""), enabled=True).first()
    if tool is None:
        raise Refused(_("No tool is connected under this name, or it has been turned off."))
    if query.get("redirect_uri", "") not in tool.redirect_uris:
        raise Refused(_("The tool wants to send you to an address that was not registered for it."))
    return tool


def _protocol_fault(query: Mapping[str, str]) -> tuple[str, str] | None:
    if query.get("response_type") != "id_token":
        return "unsupported_response_type", "Only response_type=id_token."
    if query.get("response_mode") != "form_post":
        return "invalid_request", "Only response_mode=form_post."
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope", "scope=openid is required."
    if query.get("prompt") != "none":
        return "invalid_request", "Only prompt=none."
    if not query.get("nonce") or not query.get("state"):
        return "invalid_request", "state and nonce are required."
    return None


def _hint(query: Mapping[str, str], tool: Tool, user: User, session_key: str | None) -> dict[str, str]:
    try:
        hint: dict[str, str] = signing.loads(query.get("lti_message_hint", ""), salt=_SALT, max_age=SECONDS)
    except signing.SignatureExpired as error:
        raise Refused(_("That took too long. Go back to the lesson and open the tool again.")) from error
    except (signing.BadSignature, ValueError) as error:
        raise Refused(_("The tool's request cannot be read.")) from error
    known = Pseudonym.objects.filter(tool=tool, user=user).values_list("sub", flat=True).first()
    if not (hint["u"] == query.get("login_hint") == str(known)) or hint["s"] != session_mark(session_key):
        raise Refused(_("The tool was opened by somebody else, or in another browser. Open it again from the lesson."))
    return hint


def _context(course: Course) -> dict[str, Any]:
    return {"id": f"course-{course.pk}", "title": course.title, "type": [names.COURSE_SECTION]}


def _common(tool: Tool, course: Course, user: User) -> dict[str, Any]:
    host = urlsplit(issuer()).netloc
    found: dict[str, Any] = {
        names.LTI + "roles": roles_in(user, course),
        names.LTI + "context": _context(course),
        names.LTI + "tool_platform": {"guid": host, "name": "Mái Trường", "product_family_code": "mai-truong"},
    }
    if tool.uses_members:
        found[names.NRPS_CLAIM] = {
            "context_memberships_url": absolute("members", course.pk),
            "service_versions": ["2.0"],
        }
    if tool.uses_scores:
        found[names.AGS_CLAIM] = {"scope": list(names.AGS_SCOPES), "lineitems": absolute("line-items", course.pk)}
    return found


def _studying(link: Link, user: User) -> dict[str, Any]:
    course = link.lesson.course
    found = _common(link.tool, course, user)
    columns = list(link.line_items.values_list("pk", flat=True)[:2]) if link.tool.uses_scores else []
    if len(columns) == 1:
        found[names.AGS_CLAIM]["lineitem"] = absolute("line-item", course.pk, columns[0])
    return {
        **found,
        names.LTI + "message_type": names.RESOURCE_LINK,
        names.LTI + "target_link_uri": link.target,
        names.LTI + "resource_link": {"id": str(link.pk), "title": link.title},
        names.LTI + "custom": link.custom,
        names.LTI + "launch_presentation": {
            "document_target": "iframe" if link.in_frame else "window",
            "locale": user.language,
            "return_url": issuer() + reverse("lms:lesson", args=[link.lesson_id]),
        },
    }


def _choosing(choice: Choice, user: User) -> dict[str, Any]:
    tool, lesson = choice.tool, choice.lesson
    return {
        **_common(tool, lesson.course, user),
        names.LTI + "message_type": names.DEEP_LINKING,
        names.LTI + "target_link_uri": tool.deep_link_url or tool.target_url,
        names.LTI + "launch_presentation": {"document_target": "window", "locale": user.language},
        names.DL + "deep_linking_settings": {
            "deep_link_return_url": absolute("chosen"),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"] if tool.framed else ["window"],
            "accept_multiple": False,
            "accept_lineitem": tool.uses_scores,
            "auto_create": False,
            "title": lesson.title,
            "data": choice_sign(choice),
        },
    }


_CHOICE = "lti.choice"
CHOICE_SECONDS = 3600


def choice_sign(choice: Choice) -> str:
    """What the tool brings back unread: which teacher's choice for which block it answers."""
    return signing.dumps([str(choice.pk), choice.tool_id, choice.lesson_id], salt=_CHOICE)


def choice_of(data: str, tool: Tool) -> Choice:
    """The choice that the tool was sent to answer; raises Refused for another tool's, an old or a made-up one."""
    try:
        pk, tool_pk, lesson_pk = signing.loads(data, salt=_CHOICE, max_age=CHOICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Refused(_("The tool's answer does not belong to any question of ours.")) from error
    rows = Choice.objects.filter(pk=pk, tool=tool, lesson=lesson_pk, item__isnull=True)
    found: Choice | None = rows.first() if tool_pk == tool.pk else None
    if found is None:
        raise Refused(_("The tool's answer does not belong to any question of ours."))
    return found
