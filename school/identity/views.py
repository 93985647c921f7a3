"""One's own account."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from school import contexts
from school.policy import Actor, Role, public, signed_in
from school.policy.confirmation import HELD

from .middleware import COOKIE
from .middleware import onward as way_on


@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """The person's own account: who they are here, and how they sign in."""
    roles = Actor.of(request.user).roles
    context = {"roles": [role.label for role in Role if role in roles], "second_factor": is_mfa_enabled(request.user)}
    return render(request, "identity/account.html", context)


@signed_in
@require_GET
def confirmed(request: HttpRequest) -> HttpResponse:
    """After the person has shown that it is them: what they were about to do, one press away."""
    held = request.session.pop(HELD, None)
    if held is None:
        return redirect("/")
    response = render(request, "identity/confirmed.html", {"held": held})
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_GET
def onward(request: HttpRequest) -> HttpResponse:
    """After a first password: a link to where the person was going.

    A link and not a redirect, because browsers ask the form's policy of every redirect after it, and the way may lead to
    another application.
    """
    held = way_on(request)
    if held in {"", "/"}:
        return redirect("/")
    response = render(request, "identity/onward.html", {"onward": held})
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_POST
def context(request: HttpRequest) -> HttpResponse:
    """Look at the pages through one of the person's roles, or through all; the start page shows the difference."""
    if not contexts.choose(request, request.POST.get("context", "")):
        return HttpResponseBadRequest("Not a role of yours.")
    return redirect("home")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and, when signed in, with the person; go back to where they were."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest("Unknown language.")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    if request.user.is_authenticated and request.user.language != chosen:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    response = redirect(back)
    response.set_cookie(COOKIE, chosen, max_age=365 * 86_400, httponly=True, samesite="Lax", secure=request.is_secure())
    return response
