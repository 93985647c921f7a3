"""The office's applications: who may sign people in through the office."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from school.identity.requests import person
from school.oidc.forms import ApplicationForm, ReaderForm
from school.oidc.keys import issuer
from school.oidc.models import ROSTER_DEMOGRAPHICS, Application
from school.oidc.selectors import applications_of, deliveries_of, offices_of, schools_below
from school.oidc.services import application_save, application_secret, application_switch, reader_save
from school.policy import access, recently_confirmed, visible
from school.sealing import seal, unseal

SECRET = "oidc_secret"  # noqa: S105


def _application(request: HttpRequest, client_id: str) -> Application:
    mine = visible(person(request), Application, "manage").select_related("client", "office")
    return get_object_or_404(mine, pk=client_id)


def _show(request: HttpRequest, application: Application, secret: str) -> HttpResponse:
    """To the application's page, which shows the secret this once; until then it lies sealed in the session."""
    if secret:
        request.session[SECRET] = [application.pk, seal(secret)]
    return redirect("oidc:application", client_id=application.pk)


@access("oidc.Application", "manage")
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """All of them, by name."""
    return render(request, "oidc/applications.html", {"applications": applications_of(person(request))})


@access("oidc.Application", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def application_new(request: HttpRequest) -> HttpResponse:
    """Connect one more."""
    form = ApplicationForm(request.POST or None, offices=offices_of(person(request)))
    if request.method == "POST" and form.is_valid():
        made, secret = application_save(office=form.cleaned_data["office"], values=form.values(), by=person(request))
        return _show(request, made, secret)
    status = 422 if request.method == "POST" else 200
    return render(request, "oidc/application_form.html", {"form": form}, status=status)


def _reader_form(request: HttpRequest, found: Application | None = None) -> HttpResponse:
    offices = offices_of(person(request))
    form = ReaderForm(request.POST or None, offices=offices, schools=schools_below(offices), application=found)
    if request.method == "POST" and form.is_valid():
        made, secret = reader_save(
            office=form.cleaned_data["office"], values=form.values(), application=found, by=person(request)
        )
        if found:
            messages.success(request, _("Saved."))
        return _show(request, made, secret)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "application": found, "heading": _("Let an application read the roster")}
    return render(request, "oidc/application_form.html", context, status=status)


@access("oidc.Application", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def reader_new(request: HttpRequest) -> HttpResponse:
    """Let one more application read the roster."""
    return _reader_form(request)


@access("oidc.Application", "manage")
@never_cache
@require_safe
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """What the application's own administrator needs; how sign-out notices went, or when the roster was last read."""
    found = _application(request, client_id)
    kept = request.session.get(SECRET)
    secret = ""
    if kept and kept[0] == found.pk:
        del request.session[SECRET]
        secret = unseal(kept[1])
    context: dict[str, Any] = {"application": found, "secret": secret, "issuer": issuer()}
    if found.kind == Application.Kind.ROSTER:
        context |= {"schools": found.schools.order_by("name"), "demographics": ROSTER_DEMOGRAPHICS}
        return render(request, "oidc/reader.html", context)
    context["deliveries"] = deliveries_of(found.client)
    return render(request, "oidc/application.html", context)


@access("oidc.Application", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def application_edit(request: HttpRequest, client_id: str) -> HttpResponse:
    """Change its addresses and what it may know, or what it may read and where."""
    found = _application(request, client_id)
    if found.kind == Application.Kind.ROSTER:
        return _reader_form(request, found)
    form = ApplicationForm(request.POST or None, offices=offices_of(person(request)), application=found)
    if request.method == "POST" and form.is_valid():
        application_save(
            office=form.cleaned_data["office"], values=form.values(), application=found, by=person(request)
        )
        messages.success(request, _("Saved."))
        return redirect("oidc:application", client_id=found.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "oidc/application_form.html", {"form": form, "application": found}, status=status)


@access("oidc.Application", "manage")
@recently_confirmed
@require_POST
def application_new_secret(request: HttpRequest, client_id: str) -> HttpResponse:
    """Replace the secret."""
    found = _application(request, client_id)
    return _show(request, found, application_secret(application=found, by=person(request)))


@access("oidc.Application", "manage")
@require_POST
def application_turn(request: HttpRequest, client_id: str) -> HttpResponse:
    """On or off."""
    found = _application(request, client_id)
    application_switch(application=found, on=request.POST.get("on") == "1", by=person(request))
    messages.success(request, _("Saved."))
    return redirect("oidc:application", client_id=found.pk)
