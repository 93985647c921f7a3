"""Pages of the house itself."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from school import contexts
from school import home as start
from school.organisation.models import Week
from school.organisation.selectors import place_of
from school.policy import public
from school.portal.views import front as portal_front


@public
def health(request: HttpRequest) -> HttpResponse:
    """Whether web and database answer; for a load balancer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def _place(request: HttpRequest) -> str:
    """Where the person is looked at just now: the place of the chosen context, else of their class or post."""
    key = contexts.chosen_key(request)
    chosen = next((one for one in contexts.contexts_of(request.user) if one.key == key), None) if key else None
    return f"{chosen.title} · {chosen.place}" if chosen else place_of(request.user)


@public
def home(request: HttpRequest) -> HttpResponse:
    """The start page of a signed-in person, made of the apps' cards; a visitor reads the office's portal."""
    if not request.user.is_authenticated:
        return portal_front(request)
    today = timezone.localdate()
    week = Week.objects.filter(starts__lte=today, ends__gte=today).select_related("term").first()
    drawn = start.cards(request)
    values = {
        "today": today,
        "week": gettext("Week %(number)s · %(term)s") % {"number": week.number, "term": week.term.name} if week else "",
        "place": _place(request),
        "wide": [card for card in drawn if card.wide],
        "cards": [card for card in drawn if not card.wide],
    }
    return render(request, "home.html", values)
