"""What the pages of the lists ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from school.identity.models import User
from school.organisation.models import School
from school.policy import visible
from school.roster.models import RosterImport
from school.roster.processing.tables import MAX_BYTES


class UploadForm(forms.Form):
    """A list to look at before it is taken over."""

    school = forms.ModelChoiceField(School.objects.none(), label=_("School"), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind of list"), choices=RosterImport.Kind.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx, .xls) or CSV, at most 10 MB. Nothing is changed before you have seen the preview."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = visible(user, School, "manage").order_by("name")
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        if len(schools[:2]) == 1:
            self.fields["school"].widget = forms.HiddenInput()
            self.fields["school"].initial = schools[0]

    def clean_file(self) -> Any:
        """A file too large to be a list is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB. Keep only the list in it."))
        return file


class ConfirmForm(forms.Form):
    """The answer to a preview."""

    accept_valid = forms.BooleanField(
        label=_("Take over only the correct rows, skip those with faults"), required=False
    )
    accept_repairs = forms.BooleanField(label=_("Put back the zeros that Excel dropped, as suggested"), required=False)
    create_classes = forms.BooleanField(label=_("Add the classes that the school does not have yet"), required=False)


class SlipsForm(forms.Form):
    """Whom to make slips for."""

    parents = forms.BooleanField(label=_("Slips for the parents too"), required=False)
