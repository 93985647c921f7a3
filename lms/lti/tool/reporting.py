"""Scores on their way to the platform (AGS 2.0): rows with a due time, tried again for a day, the newest result counts."""

import datetime
import hashlib
import json
import time
import uuid
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.lti import jose, names
from lms.lti.models import Platform, Report, Visit
from lms.lti.tool.reading import Standing
from school.outbound import OutboundError, post

# Seconds until the next try; after the last one it is given up: a platform that was away for a night gets its scores.
WAITS = (30, 120, 600, 3600, 4 * 3600, 16 * 3600)
LEASE = datetime.timedelta(seconds=120)
# A newer score is there, or was sent by a try whose answer was lost.
STALE = 409


def report_send(report_id: int) -> bool:
    """Send what is due; whether it arrived. A row that another process has claimed is left to it."""
    now = timezone.now()
    claimed = Report.objects.filter(pk=report_id, state=Report.State.QUEUED, due__lte=now)
    if claimed.update(due=now + LEASE, attempts=F("attempts") + 1) != 1:
        return False
    report = Report.objects.select_related("learner__platform", "lesson").get(pk=report_id)
    fault = _deliver(report)
    # A result that came meanwhile has made the row due again: then this outcome says nothing of it.
    same = Report.objects.filter(pk=report.pk, changed=report.changed)
    if not fault:
        same.update(state=Report.State.SENT, fault="")
    elif report.attempts > len(WAITS):
        same.update(state=Report.State.FAILED, fault=fault[:200])
    else:
        wait = datetime.timedelta(seconds=WAITS[report.attempts - 1])
        same.update(fault=fault[:200], due=timezone.now() + wait)
    return not fault


def queued_of(visit: Visit) -> list[int]:
    """Ids of the visit's own scores that wait."""
    rows = Report.objects.filter(learner=visit.learner_id, lesson=visit.lesson_id, state=Report.State.QUEUED)
    return list(rows.values_list("pk", flat=True))


def reports_due(limit: int = 200) -> list[int]:
    """Ids of what is due, the oldest first."""
    due = Report.objects.filter(state=Report.State.QUEUED, due__lte=timezone.now()).order_by("due")
    return list(due.values_list("pk", flat=True)[:limit])


def _deliver(report: Report) -> str:
    """The fault in words; "" when the platform has the score."""
    platform = report.learner.platform
    if not platform.enabled:
        return _("The platform has been turned off.")
    standing = Standing(report.learner, report.lesson)
    body: dict[str, object] = {
        "userId": report.learner.sub,
        "timestamp": report.changed.astimezone(datetime.UTC).isoformat(timespec="milliseconds"),
        "activityProgress": "Completed" if standing.complete else "InProgress",
        "gradingProgress": "FullyGraded" if standing.complete else "Pending",
    }
    if standing.graded:
        body |= {"scoreGiven": float(round(standing.share * 100, 2)), "scoreMaximum": 100}
    try:
        token = _token(platform)
        headers = {"Authorization": f"Bearer {token}"}
        answer = post(
            _scores(report.line_item), json.dumps(body).encode(), content_type=names.SCORE_TYPE, headers=headers
        )
    except OutboundError as error:
        return str(error)
    if answer.status == 401:
        cache.delete(_cached(platform))
    if 200 <= answer.status < 300 or answer.status == STALE:
        return ""
    return _("The platform answered %(status)s.") % {"status": answer.status}


def _scores(line_item: str) -> str:
    """The scores' address of a line item: "/scores" behind its path, before its query (AGS 2.0, 3.4)."""
    parts = urlsplit(line_item)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/scores"))


def _cached(platform: Platform) -> str:
    return (
        "lti-token-" + hashlib.sha256(f"{platform.pk} {platform.token_url} {platform.client_id}".encode()).hexdigest()
    )


def _token(platform: Platform) -> str:
    """A token for scores, kept as long as the platform says; raises OutboundError."""
    if known := cache.get(_cached(platform)):
        return str(known)
    now = int(time.time())
    assertion = jose.sign(
        {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.token_url,
            "iat": now,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }
    )
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": names.ASSERTION,
        "client_assertion": assertion,
        "scope": names.SCORE,
    }
    answer = post(platform.token_url, urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")
    try:
        data = json.loads(answer.body) if answer.status == 200 else {}
        token, seconds = str(data["access_token"]), int(data.get("expires_in", 60))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutboundError(_("The platform gave no token (%(status)s).") % {"status": answer.status}) from error
    if seconds > 60:
        cache.set(_cached(platform), token, min(seconds, 3600) - 30)
    return token
