"""What librarians type: checked here, explained in their language."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum import isbn as isbn_rules
from stdnum.exceptions import ValidationError as IsbnError

from library.models import Item, Record
from library.services import LOAN_DAYS, epub_limits


class RecordForm(forms.ModelForm):
    """A book's description."""

    class Meta:
        model = Record
        fields: ClassVar[list[str]] = [
            "title", "subtitle", "authors", "isbn", "publisher", "year", "classification", "subjects", "language", "summary",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {"summary": forms.Textarea(attrs={"rows": 3})}

    # A record keeps 13 digits; people type 10 or 13 with hyphens.
    isbn = forms.CharField(
        label=_("ISBN"), required=False, max_length=24, help_text=_("10 or 13 digits, with or without hyphens.")
    )

    def clean_isbn(self) -> str:
        """The number as 13 digits; its check digit must be right (ISO 2108)."""
        raw: str = self.cleaned_data["isbn"].strip()
        if not raw:
            return ""
        try:
            return str(isbn_rules.to_isbn13(isbn_rules.validate(raw))).replace("-", "").replace(" ", "")
        except IsbnError as error:
            raise forms.ValidationError(_("This is not an ISBN: compare it with the number in the book.")) from error


class NewBookForm(RecordForm):
    """A new book with its first copies, its e-book, or both."""

    copies = forms.IntegerField(label=_("Number of copies"), min_value=0, max_value=500, initial=1)
    location = forms.CharField(label=_("Shelf"), max_length=64, required=False)
    epub = forms.FileField(label=_("E-book (EPUB)"), required=False)

    def clean_epub(self) -> UploadedFile | None:
        """Only the weight is judged here; what is inside is the cleaning's matter."""
        return _weighed(self.cleaned_data["epub"])

    def record_fields(self) -> dict[str, Any]:
        """The part of the form that describes the book."""
        return {name: self.cleaned_data[name] for name in RecordForm.Meta.fields}


class CopiesForm(forms.Form):
    """More copies of a book."""

    copies = forms.IntegerField(label=_("Number of copies"), min_value=1, max_value=500, initial=1)
    location = forms.CharField(label=_("Shelf"), max_length=64, required=False)


class EpubForm(forms.Form):
    """An e-book for a record."""

    epub = forms.FileField(label=_("E-book (EPUB)"))

    def clean_epub(self) -> UploadedFile | None:
        """Only the weight is judged here."""
        return _weighed(self.cleaned_data["epub"])


class CopyForm(forms.ModelForm):
    """Where a copy stands and what has become of it."""

    class Meta:
        model = Item
        fields: ClassVar[list[str]] = ["location", "state"]


def _due_default() -> date:
    return timezone.localdate() + timedelta(days=LOAN_DAYS)


class LendForm(forms.Form):
    """A scanned copy and a reader: by code, or by a part of the name."""

    barcode = forms.CharField(
        label=_("Copy's bar code"), max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reader = forms.CharField(
        label=_("Reader"),
        max_length=150,
        help_text=_("Code from the card, or a part of the name; marks are not needed."),
    )
    due = forms.DateField(
        label=_("Return by"), initial=_due_default, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ReturnForm(forms.Form):
    """A scanned copy that comes back."""

    barcode = forms.CharField(
        label=_("Copy's bar code"), max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class PositionForm(forms.Form):
    """A reader's place in a book (an EPUB CFI and the part of the whole, 0 to 1)."""

    cfi = forms.RegexField(r"^epubcfi\([^\s<>]{1,990}\)$")
    fraction = forms.DecimalField(min_value=0, max_value=1, max_digits=25, decimal_places=24)


def _weighed(upload: UploadedFile | None) -> UploadedFile | None:
    most = epub_limits().packed
    if upload is not None and (upload.size or 0) > most:
        raise forms.ValidationError(_("The file is larger than %(size)d MB.") % {"size": most // 1024**2})
    return upload
