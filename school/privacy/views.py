"""One's own data, the requests to answer, missing consents, and the rules of keeping."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from school.identity.models import User
from school.identity.requests import person
from school.organisation.models import School
from school.personal import KINDS
from school.policy import access, recently_confirmed, signed_in, visible

from . import selectors, services
from .forms import AnswerForm, RuleForm, WishForm
from .models import DataExport, RetentionRun
from .services import PrivacyError


def _subject(request: HttpRequest, wanted: str) -> tuple[User, list[User]]:
    """The person whose data is shown (oneself without a choice) and all that may be chosen; 404 for anybody else."""
    found = selectors.subjects_of(person(request))
    if not wanted:
        return found[0], found
    chosen = {str(one.pk): one for one in found}
    if wanted not in chosen:
        raise Http404("Neither oneself nor one's child.")
    return chosen[wanted], found


def _back(subject: User) -> str:
    return f"{reverse('privacy:mine')}?nguoi={subject.pk}"


def _context(request: HttpRequest, subject: User, subjects: list[User], form: WishForm) -> dict[str, Any]:
    mine = person(request)
    exports = DataExport.objects.filter(person=subject, asked_by=mine)[:5]
    return {
        "subject": subject,
        "subjects": subjects,
        "exports": [(one, services.export_link(one) if one.state == DataExport.State.READY else "") for one in exports],
        "wishes": selectors.wishes_about(subject),
        "said": selectors.said_by(mine, subject) if selectors.may_say(mine, subject) else [],
        "form": form,
    }


@signed_in
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What a person may ask and has agreed to, for themself or a child."""
    subject, subjects = _subject(request, request.GET.get("nguoi", ""))
    return render(request, "privacy/mine.html", _context(request, subject, subjects, WishForm()))


@recently_confirmed
@signed_in
@require_POST
def export_new(request: HttpRequest) -> HttpResponse:
    """Ask for a copy of everything."""
    subject, _subjects = _subject(request, request.POST.get("person", ""))
    try:
        services.export_start(person=subject, by=person(request))
        messages.success(request, _("The copy is being made. Load this page again to fetch it."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return redirect(_back(subject))


@signed_in
@require_GET
def export_file(request: HttpRequest, token: str) -> HttpResponse:
    """The copy as a zip, by a link of a quarter of an hour."""
    try:
        export, content = services.export_fetch(token=token, by=person(request), request=request)
    except PrivacyError as error:
        messages.error(request, str(error))
        return redirect("privacy:mine")
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="du-lieu-{export.pk}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_POST
def wish_new(request: HttpRequest) -> HttpResponse:
    """Send a wish for correction or deletion."""
    subject, subjects = _subject(request, request.POST.get("person", ""))
    form = WishForm(request.POST)
    if not form.is_valid():
        return render(request, "privacy/mine.html", _context(request, subject, subjects, form), status=422)
    try:
        made = services.request_make(person=subject, by=person(request), request=request, **form.cleaned_data)
        messages.success(request, _("Sent to %(place)s.") % {"place": made.node.name})
    except PrivacyError as error:
        messages.error(request, str(error))
    return redirect(_back(subject))


@signed_in
@require_POST
def wish_withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take one's own request back."""
    if services.request_withdraw(request_id=request_id, by=person(request)):
        messages.success(request, _("The request is taken back."))
    return redirect("privacy:mine")


@signed_in
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Give or take back one's own yes."""
    subject, _subjects = _subject(request, request.POST.get("person", ""))
    purpose = request.POST.get("purpose", "")
    try:
        if request.POST.get("say") == "yes":
            services.consent_give(child=subject, purpose=purpose, by=person(request), request=request)
            messages.success(request, _("Your consent is noted."))
        elif services.consent_withdraw(child=subject, purpose=purpose, by=person(request), request=request):
            messages.success(request, _("Taken back; it holds from now on."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return redirect(_back(subject))


@access("privacy.DataRequest", "answer")
@require_GET
def wishes(request: HttpRequest) -> HttpResponse:
    """The requests of a place, the most urgent first."""
    rows = selectors.to_answer(person(request))
    context = {"waiting": rows.waiting(), "answered": rows.exclude(pk__in=rows.waiting()).order_by("-answered_at")[:50]}
    return render(request, "privacy/wishes.html", context)


@access("privacy.DataRequest", "answer")
@require_http_methods(["GET", "POST"])
def wish(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: read, acknowledged, answered."""
    found = get_object_or_404(selectors.to_answer(person(request)), pk=request_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    try:
        if request.POST.get("do") == "acknowledge":
            services.request_acknowledge(wish=found, by=person(request))
            return redirect("privacy:wish", request_id=found.pk)
        if request.method == "POST" and form.is_valid():
            services.request_answer(wish=found, by=person(request), request=request, **form.cleaned_data)
            messages.success(request, _("The answer is sent."))
            return redirect("privacy:wishes")
    except PrivacyError as error:
        messages.error(request, str(error))
    status = 422 if form.is_bound and form.errors else 200
    context = {"wish": found, "form": form, "erasable": selectors.erasable_titles()}
    return render(request, "privacy/wish.html", context, status=status)


@access("organisation.School", "consents")
@require_GET
def pictures(request: HttpRequest) -> HttpResponse:
    """Whose picture, film or name may not be shown: the editors' list before something is published."""
    schools = list(visible(person(request), School, "consents").order_by("name"))
    wanted = request.GET.get("truong", "")
    school = next((one for one in schools if str(one.pk) == wanted), schools[0] if schools else None)
    missing = selectors.without_consent(school) if school else []
    return render(request, "privacy/pictures.html", {"schools": schools, "school": school, "missing": missing})


@access("privacy.RetentionRule", "manage")
@require_GET
def retention(request: HttpRequest) -> HttpResponse:
    """How long what is kept, and the newest report of what is old enough to go."""
    run = selectors.newest_report()
    names = {kind.code: kind.label for kind in KINDS}
    counts = [{**line, "label": names.get(line["kind"], "")} for line in run.counts] if run else []
    context = {"lines": selectors.retention_table(), "run": run, "counts": counts}
    return render(request, "privacy/retention.html", context)


@recently_confirmed
@access("privacy.RetentionRule", "manage")
@require_POST
def retention_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Set the years of one kind."""
    form = RuleForm(request.POST)
    try:
        if not form.is_valid():
            raise PrivacyError(_("Give a number of years from 1 on, and the rule it rests on."))
        services.retention_set(kind=kind, by=person(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return redirect("privacy:retention")


@recently_confirmed
@access("privacy.RetentionRun", "manage")
@require_POST
def retention_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Let the report be carried out."""
    found = get_object_or_404(visible(person(request), RetentionRun, "manage"), pk=run_id)
    try:
        services.retention_confirm(run=found, by=person(request))
        messages.success(request, _("The old records are being deleted."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return redirect("privacy:retention")
