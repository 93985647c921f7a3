"""Who is reading: the token, what it may see, how often it asks, and the trail's note of it."""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from school.audit.services import record
from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS, Application
from school.oidc.selectors import reader_of_token
from school.organisation.models import School
from school.roster.models import RestPicture
from school.roster.pictures import STALE, schools_condition
from school.roster.rest.faults import BUSY, FORBIDDEN, Fault
from school.roster.tasks import picture_task

# A reading session for the trail, and how long a missing picture is waited for before it is asked for again.
SESSION, WAIT = 3_600, 30
_ASKED_AGAIN = 300


@dataclass(frozen=True)
class Entered:
    """An application whose token is good, what that may read, and the ids of its schools."""

    application: Application
    scopes: frozenset[str]
    schools: tuple[int, ...]


def enter(request: HttpRequest, token: str) -> Entered | None:
    """The application behind a token; None when the token is no good (any more). Raises Fault (429) when it asks too often."""
    found = reader_of_token(token)
    if found is None:
        return None
    application, scopes = found
    _slow_down(application.pk)
    schools = School.objects.filter(schools_condition(application)).order_by("pk").values_list("pk", flat=True)
    return Entered(application, frozenset(scopes), tuple(schools))


def _slow_down(client: str) -> None:
    now = timezone.now()
    key = f"roster-rate:{client}:{now:%Y%m%d%H%M}"
    cache.add(key, 0, 120)
    try:
        count = cache.incr(key)
    except ValueError:  # dropped between the two
        count = 1
    if count > settings.ONEROSTER_RATE:
        sentence = f"More than {settings.ONEROSTER_RATE} requests in a minute."
        raise Fault(429, BUSY, sentence, Retry_After=str(60 - now.second))


def allowed(entered: Entered, kind: str, nested: bool) -> None:
    """Whether the token's scopes reach an address; raises Fault (403)."""
    wanted = {ROSTER_DEMOGRAPHICS} if kind == "demographics" else {ROSTER} if nested else {ROSTER, ROSTER_CORE}
    if not wanted & entered.scopes:
        scope = min(wanted)
        challenge = f'Bearer realm="oneroster", error="insufficient_scope", scope="{scope}"'
        raise Fault(403, FORBIDDEN, f"This needs a token with the scope {scope}.", WWW_Authenticate=challenge)


def pictured(entered: Entered) -> None:
    """Whether every school of the reader can be told; raises Fault (429) while the worker still pictures one.

    A part told as the whole would make a reader delete the rest on its side.
    """
    since = timezone.now() - STALE
    there = set(RestPicture.objects.filter(school__in=entered.schools, taken__gt=since).values_list("pk", flat=True))
    missing = [school for school in entered.schools if school not in there]
    for school in missing:
        if cache.add(f"roster-picture:{school}", 1, _ASKED_AGAIN):
            picture_task.delay(school_id=school)
    if missing:
        sentence = "The roster is being made ready for this application. Ask again soon."
        raise Fault(429, BUSY, sentence, Retry_After=str(WAIT))


def noted(entered: Entered, request: HttpRequest, kind: str) -> None:
    """Tell the trail of each school, once an hour: that an application reads its roster; of births and sex, apart from that."""
    application = entered.application
    what = "demographics" if kind == "demographics" else "roster"
    if cache.add(f"roster-seen:{application.pk}", 1, 60):
        Application.objects.filter(pk=application.pk).update(last_read=timezone.now())
    for school in entered.schools:
        if cache.add(f"roster-read:{application.pk}:{school}:{what}", 1, SESSION):
            told = {"application": application.client.name, "reads": what}
            record(
                actor=None,
                action="roster_read",
                target=application.client,
                school_id=school,
                detail=told,
                request=request,
            )
