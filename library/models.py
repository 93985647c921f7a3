"""Catalogue, copies, loans and e-books of the schools' libraries."""

import unicodedata
from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from school.row_security import SchoolOf
from school.text import fold, vi_text_key

# Counted up when cleaning gets stricter, so that no book cleaned by older rules is taken for a clean one.
CLEANING = 1


def _words(text: str) -> str:
    """Lower-case words with single blanks before each: a word's beginning is then found by ' word'."""
    return " " + " ".join("".join(ch if ch.isalnum() else " " for ch in text).split())


def exact_form(text: str) -> str:
    """The text for the search that respects diacritics: NFC, lower case, words apart by one blank."""
    return _words(unicodedata.normalize("NFC", text).casefold())


def folded_form(text: str) -> str:
    """The text for the search that ignores diacritics: 'Lịch sử' is ' lich su'."""
    return _words(fold(text))


class RecordQuerySet(models.QuerySet["Record"]):
    def search(self, text: str) -> Self:
        """Every word begins a word of the record, with or without marks; titles typed exactly come first."""
        folded = folded_form(text)
        found = self
        for word in folded.split():
            found = found.filter(search_text__contains=f" {word}")
        exact = exact_form(text)
        rank = Case(
            When(title_exact__startswith=exact, then=Value(0)),
            When(title_exact__contains=exact, then=Value(1)),
            When(search_exact__contains=exact, then=Value(2)),
            When(search_text__startswith=folded, then=Value(3)),
            default=Value(4),
            output_field=IntegerField(),
        )
        return found.annotate(rank=rank).order_by("rank", "sort_title", "pk")

    def with_availability(self) -> Self:
        """Adds `copies` (not withdrawn or lost), `free` (on the shelf now) and `readable` (has an e-book)."""
        on_loan = Loan.objects.filter(item=OuterRef("pk"), returned_at=None)
        copies = Item.objects.filter(record=OuterRef("pk"), state__in=Item.USABLE)
        free = copies.filter(state=Item.State.AVAILABLE).exclude(Exists(on_loan))
        return self.annotate(
            copies=_count(copies), free=_count(free), readable=Exists(EBook.objects.filter(record=OuterRef("pk")))
        )


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("record").annotate(n=models.Count("pk")).values("n")
    return Coalesce(models.Subquery(counted, output_field=IntegerField()), 0)


class Record(models.Model):
    """A bibliographic record: what a book is, whichever copies there are of it. Without a school it is the office's."""

    school = models.ForeignKey(
        "organisation.School", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("school")
    )
    title = models.CharField(_("title"), max_length=500)
    subtitle = models.CharField(_("other title information"), max_length=500, blank=True)
    authors = models.CharField(
        _("authors"), max_length=500, blank=True, help_text=_("Several names are set apart by a semicolon.")
    )
    publisher = models.CharField(_("publisher"), max_length=255, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, validators=[MinValueValidator(1400), MaxValueValidator(2200)]
    )
    isbn = models.CharField(
        _("ISBN"), max_length=13, blank=True, help_text=_("10 or 13 digits, with or without hyphens.")
    )
    classification = models.CharField(_("classification (DDC)"), max_length=32, blank=True)
    subjects = models.CharField(
        _("subjects"), max_length=500, blank=True, help_text=_("Several subjects are set apart by a semicolon.")
    )
    language = models.CharField(_("language"), max_length=16, default="vi", blank=True)
    summary = models.TextField(_("summary"), blank=True)
    sort_title = models.CharField(max_length=300, editable=False)
    title_exact = models.TextField(editable=False)
    search_exact = models.TextField(editable=False)
    search_text = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("bibliographic record")
        verbose_name_plural = _("bibliographic records")
        ordering: ClassVar[list[str]] = ["sort_title", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "sort_title"], name="record_school_title"),
            models.Index(fields=["isbn"], name="record_isbn"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        for name in ("title", "subtitle", "authors", "publisher", "subjects"):
            setattr(self, name, unicodedata.normalize("NFC", " ".join(getattr(self, name).split())))
        words = " ".join(
            filter(None, [self.title, self.subtitle, self.authors, self.subjects, self.publisher, self.isbn])
        )
        self.sort_title = vi_text_key(self.title[:50])[:300]
        self.title_exact = exact_form(self.title)
        self.search_exact = exact_form(words)
        self.search_text = folded_form(words)
        super().save(*args, **kwargs)

    @property
    def author_list(self) -> list[str]:
        return [name.strip() for name in self.authors.split(";") if name.strip()]

    @property
    def subject_list(self) -> list[str]:
        return [name.strip() for name in self.subjects.split(";") if name.strip()]

    @property
    def cover_tone(self) -> str:
        """One of eight cover colours, the same for the same title everywhere."""
        return f"c{sum(map(ord, self.title)) % 8 + 1}"


class AccessionCounter(models.Model):
    """The last accession number a school has given to a copy."""

    school = models.OneToOneField("organisation.School", models.CASCADE, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class Item(models.Model):
    """One copy on a shelf, known by the bar code glued into it (số đăng ký cá biệt)."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("for loan")
        REFERENCE = "reference", _("read in the library only")
        DAMAGED = "damaged", _("damaged")
        LOST = "lost", _("lost")
        WITHDRAWN = "withdrawn", _("withdrawn")

    USABLE: ClassVar[tuple[str, ...]] = (State.AVAILABLE, State.REFERENCE)

    record = models.ForeignKey(Record, models.PROTECT, related_name="items")
    school = models.ForeignKey("organisation.School", models.PROTECT, related_name="+")
    barcode = models.CharField(_("bar code"), max_length=32)
    location = models.CharField(_("shelf"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.AVAILABLE)
    added_on = models.DateField(_("added on"), default=timezone.localdate)

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        ordering: ClassVar[list[str]] = ["barcode"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["school", "barcode"], name="item_barcode_once_a_school"),
        ]

    def __str__(self) -> str:
        return self.barcode

    @property
    def current_loan(self) -> "Loan | None":
        """The loan by which the copy is out, if it is; lists prefetch `loans`."""
        return next((loan for loan in self.loans.all() if loan.returned_at is None), None)


class LoanQuerySet(models.QuerySet["Loan"]):
    def open(self) -> Self:
        """Books that are still with their readers."""
        return self.filter(returned_at=None)

    def overdue(self, day: date | None = None) -> Self:
        """Still out after the day they were due."""
        return self.open().filter(due__lt=day or timezone.localdate())


class Loan(models.Model):
    """A copy with a reader, from the desk until it is back."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="loans")
    school = models.ForeignKey("organisation.School", models.PROTECT, related_name="+")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="loans")
    lent_at = models.DateTimeField(_("lent at"), default=timezone.now)
    due = models.DateField(_("due"))
    lent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    returned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering: ClassVar[list[str]] = ["due", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # two desks may scan the same copy at once: the database lets one of them win
            models.UniqueConstraint(fields=["item"], condition=Q(returned_at=None), name="loan_open_once_a_copy"),
            models.CheckConstraint(
                condition=Q(returned_at=None) | Q(returned_at__gte=F("lent_at")), name="loan_returned_after_lent"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "due"], condition=Q(returned_at=None), name="loan_school_due_open"),
            models.Index(fields=["borrower", "returned_at"], name="loan_borrower"),
            models.Index(fields=["school", "lent_at"], name="loan_school_lent"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} → {self.borrower_id}"

    @property
    def is_overdue(self) -> bool:
        return self.returned_at is None and self.due < timezone.localdate()


def _clean_path(book: "EBook", name: str) -> str:
    # The name carries the version of the cleaning: a book cleaned by older rules is another file.
    return f"library/epub/{book.sha256[:2]}/{book.sha256}.{name}"


def _original_path(book: "EBook", _name: str) -> str:
    return f"library/epub/{book.sha256[:2]}/{book.sha256}.original.epub"


class EBook(models.Model):
    """An EPUB of a record: the cleaned file is what readers get, the original is only kept."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="ebooks")
    school = models.ForeignKey("organisation.School", models.PROTECT, null=True, blank=True, related_name="+")
    file = models.FileField(upload_to=_clean_path, max_length=255)
    original = models.FileField(upload_to=_original_path, max_length=255)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    removed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("e-book")
        verbose_name_plural = _("e-books")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["record", "sha256"], name="ebook_once_a_record"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ReadingPosition(models.Model):
    """Where a reader is in an e-book, on whichever device it was last open: the last write wins (media.md D1)."""

    ebook = models.ForeignKey(EBook, models.CASCADE, related_name="positions")
    school = SchoolOf("ebook", null=True)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    cfi = models.CharField(max_length=1000)
    fraction = models.DecimalField(
        max_digits=5, decimal_places=4, default=0, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["ebook", "reader"], name="position_once_a_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.ebook_id} · {self.reader_id}"

    @property
    def percent(self) -> int:
        return int(self.fraction * 100)
