"""The contact book: the family's page of each child, the teacher's page of each class; the outbox."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gradebook.selectors import class_students
from parentportal.forms import QuestionForm, ReplyForm, WriteForm
from parentportal.models import Delivery
from parentportal.selectors import (
    children_of,
    class_conversations,
    contact_book,
    conversations,
    outbox,
    outbox_figures,
    sent_batches,
    threads_of,
)
from parentportal.services import (
    ContactBookError,
    delivery_retry,
    notice_write,
    question_ask,
    thread_acknowledge,
    thread_reply,
    thread_see,
)
from school.contexts import child_of, roles_of
from school.identity.requests import person
from school.organisation.models import SchoolClass, SchoolYear
from school.policy import Actor, Role, access, may, visible

ROWS = 50


def _classes(request: HttpRequest) -> list[SchoolClass]:
    year = SchoolYear.objects.current()
    return list(visible(request.user, SchoolClass, "contact-book").filter(year=year).order_by("grade", "name"))


@access("parentportal.Thread", "view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The way to the first child's page or the first class's."""
    children = children_of(person(request)) if Role.PARENT in roles_of(request) else []
    if children:
        only = child_of(request)
        first = next((row for row in children if row.student_id == only), children[0])
        return redirect("parentportal:child", student_id=first.student_id)
    classes = _classes(request)
    if classes:
        return redirect("parentportal:class", class_id=classes[0].pk)
    return render(request, "parentportal/nobody.html")


@access("organisation.Enrolment", "contact-book")
@require_safe
def child(request: HttpRequest, student_id: int) -> HttpResponse:
    """A child's page."""
    children = children_of(person(request))
    enrolment = next((row for row in children if row.student_id == student_id), None)
    if enrolment is None:
        raise Http404
    values = {
        "book": contact_book(person(request), enrolment),
        "children": children,
        "question": QuestionForm(),
        "reply": ReplyForm(),
    }
    return render(request, "parentportal/child.html", values)


@access("organisation.Enrolment", "contact-book")
@require_POST
def ask(request: HttpRequest, student_id: int) -> HttpResponse:
    """The family writes to the homeroom teacher."""
    children = children_of(person(request))
    enrolment = next((row for row in children if row.student_id == student_id), None)
    if enrolment is None:
        raise Http404
    form = QuestionForm(request.POST)
    if not form.is_valid():
        book = contact_book(person(request), enrolment)
        values = {"book": book, "children": children, "question": form, "reply": ReplyForm()}
        return render(request, "parentportal/child.html", values, status=422)
    made = question_ask(
        enrolment=enrolment, title=form.cleaned_data["title"], body=form.cleaned_data["body"], by=person(request)
    )
    messages.success(request, _("Your question is with the homeroom teacher."))
    return redirect("parentportal:thread", thread_id=made.pk)


@access("parentportal.Thread", "view")
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, thread_id: int) -> HttpResponse:
    """A conversation; reading it is noted, POST writes into it."""
    rows = threads_of(person(request)).select_related("student", "school_class", "opened_by")
    found = get_object_or_404(rows, pk=thread_id)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        thread_reply(thread=found, body=form.cleaned_data["body"], by=person(request))
        messages.success(request, _("Sent."))
        return redirect("parentportal:thread", thread_id=found.pk)
    thread_see(thread=found, by=person(request))
    (conversation,) = conversations([found], person(request))
    family = found.student_id in Actor.of(request.user).children
    values = {"conversation": conversation, "thread": found, "form": form, "family": family}
    return render(request, "parentportal/thread.html", values, status=422 if form.errors else 200)


@access("parentportal.Thread", "view")
@require_POST
def acknowledge(request: HttpRequest, thread_id: int) -> HttpResponse:
    """The family confirms; words written into the same form are sent too."""
    found = get_object_or_404(threads_of(person(request)), pk=thread_id)
    if found.student_id not in Actor.of(request.user).children:
        raise Http404
    form = ReplyForm(request.POST)
    if form.is_valid():
        thread_reply(thread=found, body=form.cleaned_data["body"], by=person(request))
    thread_acknowledge(thread=found, by=person(request))
    messages.success(request, _("Thank you, the teacher sees that you have read it."))
    return redirect("parentportal:child", student_id=found.student_id)


@access("organisation.SchoolClass", "contact-book")
@require_safe
def school_class(request: HttpRequest, class_id: int) -> HttpResponse:
    """The teacher's page of a class: what families wrote, what was sent."""
    found = get_object_or_404(visible(request.user, SchoolClass, "contact-book").select_related("school"), pk=class_id)
    talks = Paginator(class_conversations(person(request), found), ROWS).get_page(request.GET.get("page"))
    values = {
        "school_class": found,
        "classes": _classes(request),
        "page": talks,
        "sent": sent_batches(person(request), found),
    }
    return render(request, "parentportal/class.html", values)


@access("organisation.SchoolClass", "contact-book")
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, class_id: int) -> HttpResponse:
    """Write to a class or to some of its families."""
    found = get_object_or_404(visible(request.user, SchoolClass, "contact-book").select_related("school"), pk=class_id)
    data = request.POST if request.method == "POST" else None
    form = WriteForm(data, students=class_students(found))
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["students"]) if form.cleaned_data["to"] == "some" else None
        try:
            threads = notice_write(
                school_class=found,
                students=chosen,
                title=form.cleaned_data["title"],
                body=form.cleaned_data["body"],
                needs_ack=form.cleaned_data["needs_ack"],
                by=person(request),
            )
        except ContactBookError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sent to %(count)d families.") % {"count": len(threads)})
            return redirect("parentportal:class", class_id=found.pk)
    values = {"school_class": found, "form": form}
    return render(request, "parentportal/write.html", values, status=422 if form.errors else 200)


@access("parentportal.Delivery", "view")
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponse:
    """What went out and what waits."""
    state, text = request.GET.get("trang-thai", ""), request.GET.get("q", "").strip()[:100]
    page = Paginator(outbox(person(request), state=state, text=text), ROWS).get_page(request.GET.get("page"))
    figures = outbox_figures(person(request))
    states = [(value, label, figures.get(value, 0)) for value, label in Delivery.State.choices]
    values = {
        "page": page,
        "states": states,
        "state": state,
        "q": text,
        "may_retry": may(request.user, "parentportal.Delivery", "retry"),
    }
    return render(request, "parentportal/outbox.html", values)


@access("parentportal.Delivery", "retry")
@require_POST
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Another attempt of a failed message."""
    found = get_object_or_404(visible(request.user, Delivery, "retry"), pk=delivery_id)
    if delivery_retry(delivery=found):
        messages.success(request, _("It is tried again."))
    else:
        messages.error(request, _("Only a failed message can be tried again."))
    return redirect("parentportal:outbox")
