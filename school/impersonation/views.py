"""Looking as another person: whom, why, and the end of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from school.identity.requests import person
from school.policy import access, recently_confirmed, signed_in

from .forms import ReasonForm
from .looking import SECONDS
from .selectors import people_to_look_as, person_to_look_as
from .services import LookError, look_begin, look_end


@access("identity.User", "look_as")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Find the person who asked for help."""
    text = request.GET.get("tim", "").strip()[:100]
    context = {"text": text, "people": people_to_look_as(person(request), text)}
    return render(request, "impersonation/find.html", context)


@recently_confirmed
@access("identity.User", "look_as")
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say why, and begin."""
    whom = person_to_look_as(person(request), person_id)
    if whom is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            look_begin(request=request, person=whom, reason=form.cleaned_data["reason"])
        except LookError as error:
            form.add_error("reason", str(error))
        else:
            return redirect("home")
    status = 422 if request.method == "POST" else 200
    context = {"whom": whom, "form": form, "minutes": SECONDS // 60}
    return render(request, "impersonation/begin.html", context, status=status)


@signed_in
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Back to one's own eyes."""
    look_end(request=request, how="button")
    messages.success(request, _("You see your own pages again."))
    return redirect("home")
