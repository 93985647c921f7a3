"""The list of learning platforms: connecting, changing, turning off, and what a school offers there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lti.addresses import tool_settings
from lms.lti.forms import PlatformForm
from lms.lti.models import Platform
from lms.lti.platform.registering import nodes_of
from lms.lti.tool.registering import (
    courses_offer,
    courses_to_offer,
    deliveries,
    platform_save,
    platform_switch,
    platforms_of,
    platforms_to_offer,
)
from school.identity.requests import person
from school.policy import access, may, recently_confirmed


def _platform(request: HttpRequest, platform_id: int) -> Platform:
    return get_object_or_404(platforms_of(person(request)), pk=platform_id)


@access("lti.Platform", "list")
@require_safe
def platforms(request: HttpRequest) -> HttpResponse:
    """What the person manages, and where they may offer courses."""
    user = person(request)
    manages, offers = may(user, Platform, "manage"), may(user, Platform, "offer")
    context = {
        "manages": manages,
        "platforms": platforms_of(user) if manages else [],
        "offers": platforms_to_offer(user) if offers else [],
        "may_offer": offers,
    }
    return render(request, "lti/platforms.html", context)


@access("lti.Platform", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def platform_new(request: HttpRequest) -> HttpResponse:
    """Connect one more."""
    form = PlatformForm(request.POST or None, nodes=nodes_of(person(request)))
    if request.method == "POST" and form.is_valid():
        made = platform_save(node=form.cleaned_data["node"], values=form.values(), by=person(request))
        return redirect("lti:platform", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "lti/platform_form.html", {"form": form, "settings": tool_settings()}, status=status)


@access("lti.Platform", "manage")
@require_safe
def platform(request: HttpRequest, platform_id: int) -> HttpResponse:
    """What is typed into the platform, and how scores went."""
    found = _platform(request, platform_id)
    context = {"platform": found, "settings": tool_settings(), "deliveries": deliveries(found)}
    return render(request, "lti/platform.html", context)


@access("lti.Platform", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def platform_edit(request: HttpRequest, platform_id: int) -> HttpResponse:
    """Change its addresses."""
    found = _platform(request, platform_id)
    form = PlatformForm(request.POST or None, nodes=nodes_of(person(request)), platform=found)
    if request.method == "POST" and form.is_valid():
        platform_save(node=form.cleaned_data["node"], values=form.values(), platform=found, by=person(request))
        messages.success(request, _("Saved."))
        return redirect("lti:platform", found.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "platform": found, "settings": tool_settings()}
    return render(request, "lti/platform_form.html", context, status=status)


@access("lti.Platform", "manage")
@recently_confirmed
@require_POST
def platform_turn(request: HttpRequest, platform_id: int) -> HttpResponse:
    """On or off."""
    platform_switch(platform=_platform(request, platform_id), on=request.POST.get("on") == "1", by=person(request))
    messages.success(request, _("Saved."))
    return redirect("lti:platform", platform_id)


@access("lti.Platform", "offer")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def platform_offer(request: HttpRequest, platform_id: int) -> HttpResponse:
    """Which of the school's courses the platform may show: none until somebody says so."""
    user = person(request)
    found = get_object_or_404(platforms_to_offer(user), pk=platform_id)
    courses = courses_to_offer(user, found)
    if request.method == "POST":
        chosen = set(request.POST.getlist("course"))
        courses_offer(platform=found, courses=[one for one in courses if str(one.pk) in chosen], by=user)
        messages.success(request, _("Saved."))
        return redirect("lti:platform-offer", found.pk)
    offered = set(found.courses.values_list("pk", flat=True))
    rows = [(course, course.pk in offered) for course in courses]
    return render(request, "lti/platform_offer.html", {"platform": found, "rows": rows})
