"""One person: what is known, what they may, and what is changed about it."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from school.audit.services import viewed
from school.identity.models import User
from school.identity.requests import person
from school.organisation.models import Membership
from school.people import selectors
from school.people.forms import FactsForm, PostEndForm, PostForm, ReasonForm
from school.people.services import factor_reset, facts_change, password_reset, post_end, post_give
from school.policy import access, can, may, recently_confirmed, visible


def _person(request: HttpRequest, person_id: int, action: str = "look") -> User:
    return get_object_or_404(visible(person(request), User, action), pk=person_id)


@access("identity.User", "look")
@require_safe
def person_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person's page; a merged account leads to the one that was kept."""
    user = person(request)
    found = visible(user, User, "look").filter(pk=person_id).first()
    kept = selectors.kept_of(user, person_id)
    if kept is not None:
        messages.info(request, _("The accounts were merged; this is the one that was kept."))
        return redirect("people:person", person_id=kept.pk)
    if found is None:
        raise Http404
    if found.pk != user.pk:
        # The page holds the citizen number, the address and the family: the person can read who looked.
        viewed(request=request, target=found)
    page = selectors.person_page(user, found)
    context = {
        "page": page,
        "one": found,
        "may_appoint": page.current and found.pk != user.pk and may(user, Membership, "grant"),
        "may_factor": can(user, "factor-reset", found),
        "second_factor": is_mfa_enabled(found),
        "oneself": found.pk == user.pk,
        "may_code": can(user, "parent-code", found),
    }
    return render(request, "people/person.html", context)


@access("identity.User", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct what is known of a person."""
    found = _person(request, person_id, "manage")
    form = FactsForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        changed = facts_change(person=User(pk=found.pk), facts=form.cleaned_data, by=person(request))
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect("people:person", person_id=found.pk)
    return _form_page(request, _person(request, person_id, "manage"), form, "people/facts.html")


def _form_page(request: HttpRequest, one: User, form: Any, template: str, **more: Any) -> HttpResponse:
    return render(request, template, {"form": form, "one": one, **more}, status=422 if form.errors else 200)


@recently_confirmed
@access("organisation.Membership", "grant")
@require_http_methods(["GET", "HEAD", "POST"])
def post_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a post, within one's rights and after confirming that it is oneself."""
    found = _person(request, person_id, "people")
    form = PostForm(request.POST if request.method == "POST" else None, user=person(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = post_give(person=found, by=person(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("%(name)s is now: %(role)s.") % {"name": found, "role": made.get_role_display()}
            )
            return redirect("people:person", person_id=found.pk)
    return _form_page(request, found, form, "people/post.html")


@recently_confirmed
@access("organisation.Membership", "grant")
@require_http_methods(["GET", "HEAD", "POST"])
def post_end_page(request: HttpRequest, membership_id: int) -> HttpResponse:
    """End a post on a day."""
    rows = visible(person(request), Membership, "grant").select_related("user", "node")
    row = get_object_or_404(rows, pk=membership_id)
    form = PostEndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            post_end(membership=row, last=form.cleaned_data["ends"], by=person(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The appointment ends."))
            return redirect("people:person", person_id=row.user_id)
    return _form_page(request, row.user, form, "people/post_end.html", row=row)


@recently_confirmed
@access("identity.User", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def password(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give somebody who cannot sign in a new one-time password; it is shown on this answer and nowhere again."""
    found = _person(request, person_id, "manage")
    context: dict[str, Any] = {"one": found, "second_factor": is_mfa_enabled(found)}
    if request.method == "POST":
        context["password"] = password_reset(person=found, by=person(request))
    return render(request, "people/password.html", context)


@recently_confirmed
@access("identity.User", "factor-reset")
@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take a lost second factor away, with a reason."""
    found = _person(request, person_id, "factor-reset")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        gone = factor_reset(person=found, reason=form.cleaned_data["reason"], by=person(request))
        messages.success(request, _("The second factor was taken away.") if gone else _("There was none."))
        return redirect("people:person", person_id=found.pk)
    return _form_page(request, found, form, "people/factor.html", second_factor=is_mfa_enabled(found))
