"""The librarian's pages: the desk, the loans, cataloguing."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library.forms import CopiesForm, CopyForm, EpubForm, LendForm, NewBookForm, RecordForm, ReturnForm
from library.models import Item, Loan, LoanQuerySet, Record
from library.processing.epub import EpubError
from library.selectors import borrowers, desk_figures, schools_named
from library.services import (
    LibraryError,
    copies_add,
    ebook_add,
    loan_open,
    loan_renew,
    loan_return,
    record_create,
    record_update,
)
from school.identity.requests import person
from school.organisation.models import School
from school.policy import Actor, Role, access, visible

ROWS = 50


def _desk(
    request: HttpRequest, *, lend: LendForm | None = None, back: ReturnForm | None = None, **more: object
) -> HttpResponse:
    schools = Actor.of(request.user).schools(Role.LIBRARIAN)
    loans = visible(request.user, Loan, "lend").select_related("item__record", "borrower")
    values = {
        "lend": lend or LendForm(),
        "back": back or ReturnForm(prefix="back"),
        "figures": desk_figures(schools),
        "latest": loans.order_by("-lent_at")[:8],
        **more,
    }
    wrong = any(form is not None and form.errors for form in (lend, back))
    return render(request, "library/desk.html", values, status=422 if wrong else 200)


@access("library.Loan", "lend")
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Lending and taking back, and the day's figures."""
    return _desk(request)


@access("library.Loan", "lend")
@require_POST
def lend(request: HttpRequest) -> HttpResponse:
    """Lend the scanned copy; several readers of that name are offered for a choice."""
    form = LendForm(request.POST)
    if not form.is_valid():
        return _desk(request, lend=form)
    item = visible(request.user, Item, "lend").filter(barcode__iexact=form.cleaned_data["barcode"].strip()).first()
    if item is None:
        form.add_error("barcode", _("No copy of this library has this bar code."))
        return _desk(request, lend=form)
    found = borrowers(form.cleaned_data["reader"], [item.school_id])
    if not found:
        form.add_error("reader", _("No reader of this library has this code or name."))
        return _desk(request, lend=form)
    if len(found) > 1:
        return _desk(request, lend=form, choice=found)
    try:
        loan = loan_open(item=item, borrower=found[0].user, by=person(request), due=form.cleaned_data["due"])
    except LibraryError as error:
        form.add_error(None, str(error))
        return _desk(request, lend=form)
    said = {
        "title": item.record.title,
        "name": loan.borrower.full_name,
        "due": date_format(loan.due, "SHORT_DATE_FORMAT"),
    }
    messages.success(request, _("“%(title)s” is lent to %(name)s until %(due)s.") % said)
    return redirect("library:desk")


@access("library.Loan", "lend")
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Take the scanned copy back."""
    form = ReturnForm(request.POST, prefix="back")
    if not form.is_valid():
        return _desk(request, back=form)
    item = visible(request.user, Item, "lend").filter(barcode__iexact=form.cleaned_data["barcode"].strip()).first()
    if item is None:
        form.add_error("barcode", _("No copy of this library has this bar code."))
        return _desk(request, back=form)
    try:
        loan = loan_return(item=item, by=person(request))
    except LibraryError as error:
        form.add_error(None, str(error))
        return _desk(request, back=form)
    said = {"title": loan.item.record.title, "name": loan.borrower.full_name}
    messages.success(request, _("“%(title)s” is back from %(name)s.") % said)
    return redirect("library:desk")


@access("library.Loan", "lend")
@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """What is out, the overdue first; `muon=qua-han` shows those only."""
    late = request.GET.get("muon") == "qua-han"
    rows = cast(LoanQuerySet, visible(person(request), Loan, "lend"))
    rows = (rows.overdue() if late else rows.open()).select_related("item__record", "borrower").order_by("due", "pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "library/loans.html", {"page": page, "late": late})


@access("library.Loan", "lend")
@require_POST
def renew(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Two more weeks from today."""
    loan = get_object_or_404(visible(request.user, Loan, "lend"), pk=loan_id)
    try:
        loan_renew(loan=loan)
    except LibraryError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("To be returned by %(due)s now.") % {"due": date_format(loan.due, "SHORT_DATE_FORMAT")}
        )
    return redirect("library:loans")


def _shelf_owner(request: HttpRequest) -> School | None:
    """The school that a new book is catalogued for: the librarian's (the chosen one of several), None for the office."""
    schools = schools_named(Actor.of(request.user).schools(Role.LIBRARIAN))
    chosen = request.POST.get("school", "")
    return next((school for school in schools if str(school.pk) == chosen), schools[0] if schools else None)


@access("library.Record", "catalogue")
@require_http_methods(["GET", "POST"])
def catalogue_new(request: HttpRequest) -> HttpResponse:
    """Describe a new book, with its copies and its e-book."""
    form = NewBookForm(request.POST, request.FILES) if request.method == "POST" else NewBookForm()
    school = _shelf_owner(request)
    if request.method == "POST" and form.is_valid():
        copies = form.cleaned_data["copies"] if school else 0
        book = record_create(
            school=school,
            fields=form.record_fields(),
            by=person(request),
            copies=copies,
            location=form.cleaned_data["location"],
        )
        upload = form.cleaned_data["epub"]
        if upload:
            try:
                ebook_add(record=book, source=upload.file, size=upload.size, name=upload.name, by=person(request))
            except EpubError as error:
                messages.error(
                    request, _("The book is catalogued, but its e-book was not taken: %(why)s") % {"why": error}
                )
                return redirect("library:catalogue-edit", record_id=book.pk)
        messages.success(request, _("“%(title)s” is catalogued.") % {"title": book.title})
        return redirect("library:catalogue-edit", record_id=book.pk)
    schools = schools_named(Actor.of(request.user).schools(Role.LIBRARIAN))
    values = {"form": form, "schools": schools if len(schools) > 1 else [], "office": not schools}
    return render(request, "library/catalogue_new.html", values, status=422 if form.errors else 200)


def _edit_page(request: HttpRequest, book: Record, **forms: object) -> HttpResponse:
    values = {
        "record": book,
        "form": RecordForm(instance=book),
        "copies_form": CopiesForm(),
        "epub_form": EpubForm(),
        "items": book.items.prefetch_related("loans"),
        "states": Item.State.choices,
        "ebooks": book.ebooks.all(),
        **forms,
    }
    return render(request, "library/catalogue_edit.html", values, status=422 if forms else 200)


@access("library.Record", "catalogue")
@require_http_methods(["GET", "POST"])
def catalogue_edit(request: HttpRequest, record_id: int) -> HttpResponse:
    """Change a book's description; its copies and e-books are below."""
    book = get_object_or_404(visible(request.user, Record, "catalogue"), pk=record_id)
    if request.method == "POST":
        form = RecordForm(request.POST)
        if not form.is_valid():
            return _edit_page(request, book, form=form)
        record_update(record=book, fields={name: form.cleaned_data[name] for name in RecordForm.Meta.fields})
        messages.success(request, _("Saved."))
        return redirect("library:catalogue-edit", record_id=book.pk)
    return _edit_page(request, book)


@access("library.Record", "catalogue")
@require_POST
def copies(request: HttpRequest, record_id: int) -> HttpResponse:
    """More copies."""
    book = get_object_or_404(visible(request.user, Record, "catalogue"), pk=record_id)
    form = CopiesForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, book, copies_form=form)
    try:
        added = copies_add(record=book, count=form.cleaned_data["copies"], location=form.cleaned_data["location"])
    except LibraryError as error:
        form.add_error(None, str(error))
        return _edit_page(request, book, copies_form=form)
    messages.success(request, _("New bar codes: %(codes)s") % {"codes": ", ".join(item.barcode for item in added)})
    return redirect("library:catalogue-edit", record_id=book.pk)


@access("library.Record", "catalogue")
@require_POST
def epub(request: HttpRequest, record_id: int) -> HttpResponse:
    """Take in an e-book."""
    book = get_object_or_404(visible(request.user, Record, "catalogue"), pk=record_id)
    form = EpubForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["epub"]
        try:
            ebook_add(record=book, source=upload.file, size=upload.size, name=upload.name, by=person(request))
        except EpubError as error:
            form.add_error("epub", str(error))
        else:
            messages.success(request, _("The e-book can be read now."))
            return redirect("library:catalogue-edit", record_id=book.pk)
    return _edit_page(request, book, epub_form=form)


@access("library.Item", "lend")
@require_POST
def copy(request: HttpRequest, item_id: int) -> HttpResponse:
    """Say where a copy stands and what has become of it."""
    item = get_object_or_404(visible(request.user, Item, "lend"), pk=item_id)
    form = CopyForm(request.POST, instance=item)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The copy was not changed: choose a state from the list."))
    return redirect("library:catalogue-edit", record_id=item.record_id)
