"""What the pages of the lists ask."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from school.identity.models import User
from school.organisation.models import Node, School
from school.policy import visible
from school.roster.models import RosterImport
from school.roster.oneroster.columns import VERSIONS
from school.roster.oneroster.files import MAX_BYTES as SET_BYTES
from school.roster.processing.fields import FIELDS
from school.roster.processing.matching import Column, Matching, faults_of
from school.roster.processing.tables import MAX_BYTES
from school.roster.selectors import office_of, offices_of


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


class ColumnsForm(forms.Form):
    """Which column of a file holds what; the columns come from the file."""

    remember = forms.ChoiceField(label=_("Remember for files with the same headings"), required=False)
    name = forms.CharField(
        label=_("Name of this layout"),
        max_length=120,
        required=False,
        help_text=_("For example “SMAS, list of students”. The command line finds it by this name."),
    )

    def __init__(self, *args: Any, kind: str, matching: Matching, school: School, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.matching = kind, matching
        places = [("school", str(_("For this school"))), ("", str(_("Do not remember")))]
        self.office = office_of(user, school)
        if self.office:
            places.insert(1, ("office", str(_("For every school of %(office)s") % {"office": self.office})))
        remember = cast(forms.ChoiceField, self.fields["remember"])
        remember.choices, remember.initial = places, "school"
        fields = [(one.key, f"{one.heading} *" if one.required else one.heading) for one in FIELDS[kind]]
        for column in matching.columns:
            self.fields[f"c{column.place}"] = forms.ChoiceField(
                label=column.shown,
                choices=[("", _("Do not read this column")), *fields],
                initial=column.key,
                required=False,
                widget=forms.Select(attrs={"class": "input"}),
            )

    @property
    def rows(self) -> list[tuple[Column, forms.BoundField]]:
        """The columns, each with its choice."""
        return [(column, self[f"c{column.place}"]) for column in self.matching.columns]

    @property
    def chosen(self) -> dict[str, str]:
        """Name of a column to the field chosen for it."""
        return {column.name: self.cleaned_data.get(f"c{column.place}", "") for column in self.matching.columns}

    def clean(self) -> dict[str, Any] | None:
        """Nothing required is left out and nothing is read from two columns."""
        cleaned = super().clean()
        for fault in faults_of(self.kind, self.chosen, has_class=self.matching.has_class):
            self.add_error(None, fault)
        return cleaned


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
    parent_codes = forms.BooleanField(
        label=_("A code for the parents of every student, with which a parent asks for an account"), required=False
    )


class SetForm(forms.Form):
    """A OneRoster set to look at before it is taken over."""

    node = forms.ModelChoiceField(Node.objects.none(), label=_("Office"), empty_label=None)
    file = forms.FileField(
        label=_("OneRoster set (.zip)"),
        help_text=_("Version 1.1 or 1.2, at most 64 MB. Nothing is changed before you have seen the preview."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = offices_of(user)
        self.fields["node"].queryset = places  # type: ignore[attr-defined]
        if len(places[:2]) == 1:
            self.fields["node"].widget = forms.HiddenInput()
            self.fields["node"].initial = places[0]

    def clean_file(self) -> Any:
        """A file too large to be a set is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > SET_BYTES:
            raise forms.ValidationError(_("The file is larger than 64 MB."))
        return file


class SetExportForm(forms.Form):
    """Which set to make."""

    version = forms.ChoiceField(label=_("Version"), choices=[(one, one) for one in reversed(VERSIONS)])
    school = forms.ModelChoiceField(School.objects.none(), label=_("School"), required=False)
    since = forms.DateField(
        label=_("Changed since"),
        required=False,
        help_text=_("Blank: everything. A day: only what has changed since then (delta)."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = visible(user, School, "oversee").select_related("node").order_by("name")
        school = cast(forms.ModelChoiceField[School], self.fields["school"])
        school.queryset, school.empty_label = self.own, _("All schools of the office")

    @property
    def schools(self) -> list[School]:
        """The chosen school, or all."""
        one = self.cleaned_data["school"]
        return [one] if one else list(self.own)


class AcceptForm(forms.Form):
    """The answer to a set's preview."""

    accept_valid = forms.BooleanField(
        label=_("Take over only the correct rows, skip those with faults"), required=False
    )
