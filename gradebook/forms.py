"""Forms of the gradebook: they read what was sent; the services decide."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import filetype
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gradebook.models import AbsenceSession
from school.identity.models import User
from school.organisation.models import Subject

# A mark sheet of fifty pupils has some ten kilobytes; a megabyte is no mark sheet.
UPLOAD_LIMIT = 2 * 1024 * 1024
EVIDENCE_LIMIT = 5 * 1024 * 1024
EVIDENCE_KINDS = ("pdf", "jpg", "png")


class ReasonForm(forms.Form):
    """Why marks are withdrawn or a sheet is opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class OrderForm(forms.Form):
    """Whose order an administrator carries out, and which."""

    ordered_by = forms.ModelChoiceField(label=_("Ordered by"), queryset=User.objects.none(), empty_label=_("Choose…"))
    reason = forms.CharField(
        label=_("Order"), max_length=300, help_text=_("The number and day of the order, or its words.")
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ordered_by"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in people]
        ).order_by("sort_key")


class DelegationForm(forms.Form):
    """To whom locking is delegated, from when until when, by which decision."""

    delegate = forms.ModelChoiceField(label=_("Vice principal"), queryset=User.objects.none(), empty_label=_("Choose…"))
    starts = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Including that day."),
    )
    note = forms.CharField(label=_("Number of the decision"), max_length=200)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegate"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in people]
        ).order_by("sort_key")


class CorrectionForm(forms.Form):
    """Why marks are corrected, and the paper it rests on."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("For example: the paper was marked again, minutes no. 5.")
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("A scan or photograph of the paper: PDF, JPEG or PNG, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_evidence(self) -> Any:
        """Refuse what is too large, or is by its content none of the three kinds."""
        file = self.cleaned_data["evidence"]
        if not file:
            return None
        if file.size > EVIDENCE_LIMIT:
            raise forms.ValidationError(_("The file is larger than 5 MB: make a smaller scan."))
        kind = filetype.guess(file.read(512))
        file.seek(0)
        if kind is None or kind.extension not in EVIDENCE_KINDS:
            raise forms.ValidationError(_("Only PDF, JPEG and PNG files are taken."))
        return file


class DecisionForm(forms.Form):
    """Words of whoever decides a correction."""

    answer = forms.CharField(
        label=_("Words to the teacher"),
        max_length=300,
        required=False,
        help_text=_("Needed when the request is refused."),
    )


class ReviewForm(forms.Form):
    """Which published mark a family asks to look at again, and why."""

    mark = forms.TypedChoiceField(label=_("Mark"), coerce=int, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What should be looked at again?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mark"].choices = choices  # type: ignore[attr-defined]


class ReviewAnswerForm(forms.Form):
    """A teacher's answer to a family."""

    changed = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("giu", _("The mark stays")), ("sua", _("The mark was changed"))],
        widget=forms.RadioSelect,
        initial="giu",
    )
    answer = forms.CharField(
        label=_("Words to the family"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The family reads it."),
    )


class UploadForm(forms.Form):
    """A filled sheet as Excel file."""

    file = forms.FileField(
        label=_("Excel file"),
        help_text=_("The downloaded form, or a mark sheet with the columns of the register (.xlsx, .xls)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is far too large before it is opened."""
        file = self.cleaned_data["file"]
        if file.size > UPLOAD_LIMIT:
            raise forms.ValidationError(_("The file is larger than 2 MB: it is no mark sheet."))
        return file


class RegisterForm(forms.Form):
    """Which session's attendance is taken; without an answer it is today's running one."""

    ngay = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    buoi = forms.ChoiceField(label=_("Session"), choices=AbsenceSession.Session.choices)

    @staticmethod
    def now() -> dict[str, Any]:
        """Today, in the morning until half past twelve."""
        local = timezone.localtime()
        morning = local.time() < datetime.time(12, 30)
        return {"ngay": local.date(), "buoi": "S" if morning else "C"}


class RemarkForm(forms.Form):
    """A remark to one pupil of the class."""

    student = forms.ModelChoiceField(label=_("Pupil"), queryset=User.objects.none())
    subject = forms.ModelChoiceField(label=_("Subject"), queryset=Subject.objects.none(), required=False)
    text = forms.CharField(
        label=_("Remark"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The pupil and the parents read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, students: Any, subjects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student"].queryset = students  # type: ignore[attr-defined]
        self.fields["subject"].queryset = subjects  # type: ignore[attr-defined]
