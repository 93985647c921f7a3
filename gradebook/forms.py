"""Forms of the gradebook: they read what was sent; the services decide."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gradebook.models import AbsenceSession
from school.identity.models import User
from school.organisation.models import Subject

# A mark sheet of fifty pupils has some ten kilobytes; a megabyte is no mark sheet.
UPLOAD_LIMIT = 2 * 1024 * 1024


class ReasonForm(forms.Form):
    """Why marks are withdrawn or a sheet is opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


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
