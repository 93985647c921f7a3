"""What readers see: the catalogue, a book, and the book itself in the browser."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from library.forms import PositionForm
from library.models import EBook, Item, ReadingPosition, Record
from library.selectors import catalogue, open_loans_of, reading_of
from library.services import position_save
from library.tokens import token_make
from school.identity.requests import person
from school.policy import access, can, visible

BOOKS_A_PAGE = 24


def content_origin() -> str:
    """The content host as the browser names it."""
    return f"{settings.SCHEME}://{settings.CONTENT_HOST}"


@access("library.Record", "view")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The catalogue: one field, two filters, results as they are typed."""
    text = request.GET.get("q", "").strip()[:200]
    on_shelf, readable = "ke" in request.GET, "doc" in request.GET
    found = catalogue(person(request), text=text, on_shelf=on_shelf, readable=readable)
    page = Paginator(found, BOOKS_A_PAGE).get_page(request.GET.get("page"))
    values = {"page": page, "q": text, "on_shelf": on_shelf, "readable": readable}
    if not (text or on_shelf or readable or page.number > 1):
        values |= {"loans": open_loans_of(person(request)), "reading": reading_of(person(request))}
    return render(request, "library/search.html", values)


@access("library.Record", "view")
@require_safe
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """One book: what it is, where its copies are, and the way into its e-book."""
    book = get_object_or_404(visible(request.user, Record).select_related("school"), pk=record_id)
    items = visible(request.user, Item).filter(record=book).exclude(state=Item.State.WITHDRAWN)
    ebooks = book.ebooks.all()
    values = {
        "record": book,
        "items": items.prefetch_related("loans").order_by("barcode"),
        "ebooks": ebooks,
        "position": ReadingPosition.objects.filter(ebook__in=ebooks, reader=person(request)).first(),
        "may_catalogue": can(request.user, "catalogue", book),
    }
    return render(request, "library/record.html", values)


@access("library.EBook", "view")
@require_safe
def read(request: HttpRequest, ebook_id: int) -> HttpResponse:
    """The reading room: our page around a frame from the content host, so that no byte of a book is of our origin."""
    ebook = get_object_or_404(visible(request.user, EBook).select_related("record"), pk=ebook_id)
    token = token_make(ebook.pk, person(request).pk)
    frame = reverse("library-content:frame", kwargs={"token": token}, urlconf="lms.h5p.urls_content")
    place = ReadingPosition.objects.filter(ebook=ebook, reader=person(request)).first()
    values = {
        "ebook": ebook,
        "frame_url": f"{content_origin()}{frame}",
        "frame_origin": content_origin(),
        "place": place,
    }
    return render(request, "library/read.html", values)


@access("library.EBook", "view")
@require_POST
def position(request: HttpRequest, ebook_id: int) -> HttpResponse:
    """Keep the reader's place (form fields `cfi` and `fraction`)."""
    ebook = get_object_or_404(visible(request.user, EBook), pk=ebook_id)
    form = PositionForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    place = position_save(
        ebook=ebook, reader=person(request), cfi=form.cleaned_data["cfi"], fraction=form.cleaned_data["fraction"]
    )
    return JsonResponse({"percent": place.percent})
