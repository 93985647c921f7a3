"""First passwords on slips of paper: choose a class, say yes, fetch the sheet once."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from school.attachments import attachment
from school.audit.services import record
from school.identity.requests import person
from school.organisation.models import SchoolClass
from school.policy import access, recently_confirmed, visible
from school.roster import selectors
from school.roster.forms import SlipsForm
from school.roster.models import SlipJob
from school.roster.services import slips_fetch, slips_start


@access("organisation.SchoolClass", "slips")
def classes(request: HttpRequest) -> HttpResponse:
    """The classes, each with how many of its pupils have never signed in."""
    mine = visible(person(request), SchoolClass, "slips").values("pk")
    schools = list(selectors.schools_of(person(request)))
    wanted = request.GET.get("truong", "")
    school = next((one for one in schools if str(one.pk) == wanted), schools[0] if schools else None)
    found = selectors.with_sizes(selectors.classes_of(person(request), school).filter(pk__in=mine))
    return render(request, "roster/slips.html", {"classes": found, "schools": schools, "school": school})


@recently_confirmed
@access("organisation.SchoolClass", "slips")
@require_http_methods(["GET", "HEAD", "POST"])
def slips(request: HttpRequest, class_id: int) -> HttpResponse:
    """Ask before the passwords of a class are made anew; only those who never signed in get one."""
    found = get_object_or_404(visible(person(request), SchoolClass, "slips").select_related("school"), pk=class_id)
    if request.method == "POST":
        form = SlipsForm(request.POST)
        form.is_valid()
        job = slips_start(
            school_class=found,
            parents=form.cleaned_data["parents"],
            parent_codes=form.cleaned_data["parent_codes"],
            sign_in_address=f"{settings.PLATFORM_HOST}{reverse(settings.LOGIN_URL)}",
            by=person(request),
        )
        return redirect("roster:slips-job", job_id=job.pk)
    pupils = selectors.students_of([found])
    context = {
        "school_class": found,
        "form": SlipsForm(),
        "pupils": pupils.count(),
        "waiting": selectors.never_signed_in(pupils).count(),
        "parents": selectors.never_signed_in(selectors.parents_of(pupils)).count(),
    }
    return render(request, "roster/slips_class.html", context)


def _job(request: HttpRequest, job_id: int) -> SlipJob:
    """A job of one's own: nobody else may take the sheet away, not even a colleague with the same right."""
    mine = visible(person(request), SlipJob, "view").filter(by=person(request))
    return get_object_or_404(mine.select_related("school_class__school"), pk=job_id)


@access("roster.SlipJob", "view")
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the sheet is; the page asks again by itself."""
    part = "#progress" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"roster/slips_job.html{part}", {"job": _job(request, job_id)})


@access("roster.SlipJob", "view")
@require_POST
def sheet(request: HttpRequest, job_id: int) -> HttpResponse:
    """The sheet as PDF, once; afterwards it exists only where it was saved."""
    found = _job(request, job_id)
    try:
        pdf = slips_fetch(job=found)
    except ValueError:
        messages.error(request, _("The sheet is no longer there. Make new slips."))
        return redirect("roster:slips-job", job_id=found.pk)
    record(
        actor=request.user,
        action="slips_printed",
        target=found.school_class,
        detail={"rows": found.total},
        request=request,
    )
    return attachment(pdf, f"phieu-{found.school_class_id}.pdf")
