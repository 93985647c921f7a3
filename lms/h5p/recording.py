"""Writes while somebody plays: what the browser reports about results, and where the person stopped.

Everything here was made in the person's own browser. It shows practice; nothing that decides a mark may rest on it alone.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from lms.h5p.addresses import activity_id
from lms.h5p.models import Content, Result, Statement, UserState
from lms.h5p.schemas import depth, scrub
from lms.h5p.signals import result_recorded
from school.policy import may

# An answered question ends a stand-alone content, completed ends one that is made of parts, consumed ends a text.
_ENDING = {"answered", "completed", "passed", "failed", "consumed"}
_DURATION = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:\.\d+)?S)?")
MAX_STATE = 256 * 1024
MAX_STATEMENT = 64 * 1024
MAX_SECONDS = 24 * 3600
MAX_POINTS = 100_000
MAX_STATEMENTS = 2_000
_DEPTH = 20
# Some types report one finish with two verbs.
_SAME_FINISH = timedelta(seconds=2)


class Refused(ValueError):
    """What the browser sent cannot be used; str() names the field."""


def sub_content_of(statement: dict[str, Any]) -> str:
    """The sub-content that a statement speaks of, "" for the content itself."""
    identifier = str(_at(statement, "object", "id") or "")
    return identifier.partition("subContentId=")[2].partition("&")[0][:60]


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _top_level(statement: dict[str, Any], content: Content) -> bool:
    identifier = str(_at(statement, "object", "id") or "")
    return identifier == activity_id(content.pk) and not _at(statement, "context", "contextActivities", "parent")


def result_record(
    *, user: Any, content: Content, context: str, statement: dict[str, Any], message: uuid.UUID | None = None
) -> Result:
    """Keep an xAPI statement and what it says about the person's result.

    Only a statement about the content as a whole ends an attempt. `message` makes sending twice harmless. Raises Refused.
    """
    statement, verb = _checked(statement)
    top = _top_level(statement, content)
    with transaction.atomic():
        result, _created = Result.objects.get_or_create(user=user, content=content, context=context)
        # Two windows of one person may report at once.
        result = Result.objects.select_for_update().get(pk=result.pk)
        key = message or uuid.uuid4()
        if Statement.objects.filter(pk=key).exists() or result.statements.count() >= MAX_STATEMENTS:
            return result
        statement.pop("actor", None)  # the server knows who it is, and the package is not told
        Statement.objects.create(
            uuid=key, result=result, verb=verb, sub_content_id=sub_content_of(statement), top_level=top, data=statement
        )
        finished = top and verb in _ENDING and _finish(result, content, verb, statement.get("result") or {}, user)
        transaction.on_commit(
            lambda: result_recorded.send(
                sender=Result, result=result, user=user, content=content, context=context, finished=finished
            )
        )
    return result


def _checked(statement: Any) -> tuple[dict[str, Any], str]:
    """The statement as it may be kept, and the last word of its verb. Raises Refused."""
    if not isinstance(statement, dict) or depth(statement) > _DEPTH:
        raise Refused("statement")
    statement = scrub(statement)
    try:
        size = len(json.dumps(statement, allow_nan=False))
    except ValueError as error:
        raise Refused("statement") from error
    if size > MAX_STATEMENT:
        raise Refused("statement")
    verb = str(_at(statement, "verb", "id") or "").rstrip("/").rpartition("/")[2][:60]
    if not verb:
        raise Refused("verb")
    return statement, verb


@dataclass(frozen=True)
class Reached:
    """What a finished attempt reached, in points; both None where it gives none."""

    score: Decimal | None
    most: Decimal | None


def reached_by_guest(*, content: Content, statement: Any) -> Reached | None:
    """What a statement of somebody without an account says of the content as a whole; None when nothing is finished by it.

    Nothing is kept here. Raises Refused.
    """
    statement, verb = _checked(statement)
    if not _top_level(statement, content) or verb not in _ENDING:
        return None
    return _reached(content, verb, statement.get("result") or {}, None)


def _reached(content: Content, verb: str, outcome: Any, user: Any) -> Reached | None:
    if not isinstance(outcome, dict) or outcome.get("completion") is False:
        return None
    score, most = _points(_at(outcome, "score", "raw")), _points(_at(outcome, "score", "max"))
    if verb == "answered" and score is None and "response" not in outcome:
        return None
    if most is None or most <= 0:
        return Reached(None, None)
    most = _own_max(content, most, user)
    return Reached(None if score is None else min(score, most), most)


def _finish(result: Result, content: Content, verb: str, outcome: Any, user: Any) -> bool:
    found = _reached(content, verb, outcome, user)
    if found is None:
        return False
    score, most = found.score, found.most
    now = timezone.now()
    again = result.finished_at is not None and now - result.finished_at < _SAME_FINISH and result.score == score
    if not again:
        result.attempts += 1
        result.seconds = min(result.seconds + _seconds(outcome.get("duration")), 10 * MAX_SECONDS)
    result.completed = True
    result.finished_at = now
    if score is not None:
        result.score, result.max_score = score, most
        result.best_score = min(max(score, result.best_score or Decimal(0)), most or score)
    if isinstance(outcome.get("success"), bool):
        result.success = outcome["success"]
    result.save()
    return not again


def _own_max(content: Content, claimed: Decimal, user: Any) -> Decimal:
    """The content's highest score. It is learnt from the staff who try the content; a pupil's browser cannot set it."""
    if content.max_score is not None:
        return content.max_score
    if user is not None and may(user, "h5p.Content", "add"):
        Content.objects.filter(pk=content.pk).update(max_score=claimed)
        content.max_score = claimed
    return claimed


def _points(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Decimal(str(round(min(max(value, 0), MAX_POINTS), 2)))


def _seconds(duration: Any) -> int:
    match = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if match is None:
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return min(hours * 3600 + minutes * 60 + seconds, MAX_SECONDS)


def state_save(
    *,
    user: Any,
    content: Content,
    context: str,
    data: str,
    data_type: str = "state",
    sub_content_id: str = "0",
    preload: bool = True,
    invalidate: bool = False,
) -> None:
    """Keep where the person stopped ("0" deletes it). Raises Refused for wrong types and for more than MAX_STATE bytes."""
    if not isinstance(preload, bool):
        raise Refused("preload")
    if not isinstance(invalidate, bool):
        raise Refused("invalidate")
    if not isinstance(data, str) or len(data.encode("utf-8", "surrogatepass")) > MAX_STATE:
        raise Refused("data")
    for name, value in (("dataType", data_type), ("subContentId", sub_content_id)):
        if not isinstance(value, str) or not re.fullmatch(r"[\w.\-]{1,60}", value):
            raise Refused(name)
    key = {
        "user": user,
        "content": content,
        "context": context,
        "data_type": data_type,
        "sub_content_id": sub_content_id,
    }
    if data == "0":
        UserState.objects.filter(**key).delete()
        return
    UserState.objects.update_or_create(
        **key,
        defaults={
            "data": scrub(data),
            "preload": preload,
            "invalidate": invalidate,
            "changed": timezone.now(),
        },
    )
