"""Putting a tool into a lesson: by a form, or by choosing in the tool (deep linking 2.0)."""

import re
import uuid
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lms.blocks import LTI, body_blocks
from lms.lti import jose, names
from lms.lti.models import Choice, LineItem, Link, Tool
from lms.lti.once import spend
from lms.lti.platform.launching import CHOICE_SECONDS, Refused, choice_of, may_choose
from lms.lti.policies import covers
from lms.lti.values import number
from lms.models import Lesson
from lms.services.lessons import lesson_save_draft
from school.identity.models import User
from school.oidc.forms import address_fault
from school.oidc.keys import issuer

MOST_CUSTOM = 50
_NAME = re.compile(r"[\w.$:-]{1,100}")


@transaction.atomic
def link_place(
    *,
    lesson: Lesson,
    block: uuid.UUID,
    tool: Tool,
    by: User,
    title: str,
    url: str = "",
    custom: dict[str, str] | None = None,
    framed: bool = False,
    column: dict[str, Any] | None = None,
) -> Link:
    """A new place of the tool, put into the draft's block; students see it when the lesson is published.

    ``column`` is the line item that belongs to it (label, maximum, resource_id, tag); with one, its score counts for the lesson.
    Raises Refused when the tool is not for this school or the block is not in the draft.
    """
    if not tool.enabled or not covers(tool.node, lesson.course.school):
        raise Refused(_("This tool is not connected for your school, or it has been turned off."))
    graded = column is not None and tool.uses_scores
    link: Link = Link.objects.create(
        tool=tool,
        lesson=lesson,
        title=title[:200],
        url=url,
        custom=custom or {},
        framed=framed and tool.framed,
        graded=graded,
    )
    if column is not None and graded:
        LineItem.objects.create(tool=tool, course=lesson.course, link=link, **{"label": link.title, **column})
    draft = lesson.get_latest_revision_as_object()
    blocks = body_blocks(draft.body)
    found = next((one for one in blocks if one.id == str(block) and one.type == LTI), None)
    if found is None:
        raise Refused(_("This block is no longer in the lesson. Somebody has removed it."))
    found.ref, found.caption = str(link.pk), link.title
    lesson_save_draft(lesson=lesson, title=draft.title, section=lesson.section, blocks=blocks, by=by)
    return link


def choice_open(*, lesson: Lesson, block: uuid.UUID, tool: Tool, by: User) -> Choice:
    """The teacher is about to choose in the tool. Raises Refused when they may not."""
    choice: Choice = Choice(tool=tool, lesson=lesson, block=block, user=by)
    if not may_choose(by, choice):
        raise Refused(_("You may not choose in this tool for this lesson."))
    choice.save()
    return choice


def choice_answer(token: str) -> Choice:
    """Keep what a tool's picker answers, believed as the specification asks. Raises Refused.

    It arrives by the browser from another site, so without our session: who the teacher is and whether they may still write the
    lesson is asked when they come back to `choice_finish`.
    """
    try:
        client = jose.peek(token).get("iss")
        tool = Tool.objects.filter(client_id=client if isinstance(client, str) else "", enabled=True).first()
        if tool is None:
            raise jose.BadToken("iss")
        claims = jose.verify(token, tool)
        if not jose.is_for(claims, issuer()) or claims.get("azp", issuer()) != issuer():
            raise jose.BadToken("aud")
        _message(claims, tool)
    except jose.BadToken as error:
        raise Refused(_("The tool's answer is not signed as it must be (%(why)s).") % {"why": error}) from error
    if not tool.uses_deep_linking:
        raise Refused(_("This tool may not be chosen from."))
    choice = choice_of(str(claims.get(names.DL + "data") or ""), tool)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not spend("dl-nonce", tool.pk, nonce, seconds=2 * CHOICE_SECONDS):
        raise Refused(_("This answer of the tool was used before."))
    items = claims.get(names.DL + "content_items") or []
    if not items:
        raise Refused(str(claims.get(names.DL + "errormsg") or "")[:300] or _("Nothing was chosen in the tool."))
    _content(items, tool)
    # Of two answers to one question the first counts.
    if not Choice.objects.filter(pk=choice.pk, item__isnull=True).update(item=items[0]):
        raise Refused(_("This answer of the tool was used before."))
    return choice


def choice_finish(*, choice: Choice, by: User) -> Link:
    """The teacher is back: the answer becomes a place in the draft. Raises Refused."""
    if choice.item is None or not may_choose(by, choice):
        raise Refused(_("You may not choose for this lesson (any more)."))
    values = _content([choice.item], choice.tool)
    with transaction.atomic():
        link = link_place(lesson=choice.lesson, block=choice.block, tool=choice.tool, by=by, **values)
        choice.delete()
    return link


def _message(claims: dict[str, Any], tool: Tool) -> None:
    if claims.get(names.LTI + "message_type") != names.DEEP_LINKING_RESPONSE:
        raise jose.BadToken("message_type")
    if claims.get(names.LTI + "version") != names.VERSION:
        raise jose.BadToken("version")
    if claims.get(names.LTI + "deployment_id") != tool.deployment_id:
        raise jose.BadToken("deployment_id")


def _content(items: Any, tool: Tool) -> dict[str, Any]:
    """What `link_place` takes, from the first content item; raises Refused for what we cannot place."""
    item = items[0] if isinstance(items, list) and items else None
    if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
        raise Refused(_("The tool offered something that cannot be put into a lesson here (only LTI links can)."))
    url, title, custom = item.get("url") or "", item.get("title") or tool.name, item.get("custom") or {}
    if not isinstance(url, str) or not isinstance(title, str) or len(url) > 500 or (url and address_fault(url)):
        raise Refused(_("The tool's answer has an address or a title that cannot be used."))
    if url and not any(url.startswith(origin + "/") for origin in tool.origins):
        # A launch carries the student's data: it goes to hosts that were registered.
        raise Refused(_("The tool's answer leads to a host that was not registered for it."))
    plain = isinstance(custom, dict) and len(custom) <= MOST_CUSTOM
    if not plain or not all(_NAME.fullmatch(name) and len(str(value)) <= 2000 for name, value in custom.items()):
        raise Refused(_("The tool's answer has settings that cannot be kept."))
    return {
        "title": title.strip()[:200] or tool.name,
        "url": url,
        "custom": {name: str(value) for name, value in custom.items()},
        "framed": "iframe" in item,
        "column": _column(item.get("lineItem")) if tool.uses_scores else None,
    }


def _column(asked: Any) -> dict[str, Any] | None:
    if asked is None:
        return None
    most = number(asked.get("scoreMaximum")) if isinstance(asked, dict) else None
    if most is None or most <= Decimal(0):
        raise Refused(_("The tool's answer has a column of scores without a highest score."))
    found = {"maximum": most, "resource_id": str(asked.get("resourceId") or "")[:255]}
    label = str(asked.get("label") or "")[:200]
    return {**found, "tag": str(asked.get("tag") or "")[:255], **({"label": label} if label else {})}
