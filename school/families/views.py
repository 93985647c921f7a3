"""A parent sends a code; the homeroom teacher or the school's administrator answers."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from school.families import selectors
from school.families.forms import JoinForm, RefuseForm
from school.families.models import ParentRequest
from school.families.services import codes_make, request_approve, request_refuse, request_send
from school.identity.models import User
from school.identity.requests import person
from school.policy import access, by_token, public, visible

# A school's parents' evening stands behind one address; guesses are counted apart, as is one form sent again and again.
LIMITS = {"families-join": "120/h/ip", "families-guess": "20/h/ip"}
_SALT = "families.sent"


def _allowed(request: HttpRequest, action: str, *, ask: bool = False) -> bool:
    return bool(ratelimit.consume(request, app="families", action=action, config=LIMITS, dry_run=ask))


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Send a slip's code with one's own name and phone."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if not _allowed(request, "families-join") or not _allowed(request, "families-guess", ask=True):
            return render(request, "families/join.html", {"form": JoinForm(), "limited": True}, status=429)
        status = 422
        if form.is_valid():
            try:
                made = request_send(**form.cleaned_data)
            except ValidationError as error:
                _allowed(request, "families-guess")
                form.add_error("code", error.message_dict["code"])
            else:
                return redirect("families:sent", token=signing.dumps(made.pk, salt=_SALT))
    return render(request, "families/join.html", {"form": form}, status=status)


@by_token("the address holds the signed number of one's own request; a parent who waits has no account yet")
@never_cache
@require_safe
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """How a request stands, for whoever sent it."""
    try:
        found = selectors.request_sent(signing.loads(token, salt=_SALT, max_age=60 * 86_400))
    except signing.BadSignature:
        raise Http404 from None
    if found is None:
        raise Http404
    return render(request, "families/sent.html", {"found": found})


def _request(request: HttpRequest, request_id: int) -> ParentRequest:
    rows = visible(person(request), ParentRequest, "answer").select_related("student", "by", "account")
    return get_object_or_404(rows, pk=request_id)


@access("families.ParentRequest", "answer")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """The requests that one answers."""
    page = Paginator(selectors.requests_of(person(request)), 50).get_page(request.GET.get("page"))
    return render(request, "families/requests.html", {"page": page})


@access("families.ParentRequest", "answer")
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """A request beside what is known; POST approves it, with an account of that phone or a new one."""
    found = _request(request, request_id)
    known = selectors.known_by_phone(found)
    if request.method == "POST":
        chosen = request.POST.get("account", "")
        account = next((one.person for one in known if str(one.person.pk) == chosen), None)
        try:
            if account is None and chosen != "new":
                raise ValidationError(_("Choose whose account it is."))
            request_approve(request=found, account=account, by=person(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(
                request, _("%(name)s is linked to %(child)s.") % {"name": found.name, "child": found.student}
            )
        return redirect("families:answer", request_id=found.pk)
    return _answer_page(request, found, RefuseForm())


def _answer_page(request: HttpRequest, found: ParentRequest, form: RefuseForm) -> HttpResponse:
    context = {
        "found": found,
        "waiting": found.state == ParentRequest.State.WAITING,
        "known": selectors.known_by_phone(found),
        "guardians": selectors.guardians_now(found.student),
        "class_name": selectors.class_of(found.student),
        "form": form,
    }
    return render(request, "families/answer.html", context, status=422 if form.errors else 200)


@access("families.ParentRequest", "answer")
@require_POST
def refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    """Refuse it, with a reason."""
    found, form = _request(request, request_id), RefuseForm(request.POST)
    if not form.is_valid():
        return _answer_page(request, found, form)
    try:
        request_refuse(request=found, reason=form.cleaned_data["reason"], by=person(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.info(request, _("The request was refused; the parent reads the reason."))
    return redirect("families:requests")


@access("identity.User", "parent-code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, student_id: int) -> HttpResponse:
    """A new code for one child's parents, shown on this answer and nowhere again."""
    student = get_object_or_404(visible(person(request), User, "parent-code"), pk=student_id)
    context = {"student": student, "class_name": selectors.class_of(student)}
    if request.method == "POST":
        context["code"] = codes_make(students=[student], by=person(request))[student.pk]
    return render(request, "families/code.html", context)
