"""Forms of uploads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from school.organisation.models import School
from school.policy import APPOINTED, Actor, Role

_ENDINGS = {"accept": ".h5p,application/zip"}


class PackageForm(forms.Form):
    """A .h5p file."""

    file = forms.FileField(label=_("H5P package (.h5p)"), widget=forms.ClearableFileInput(attrs=_ENDINGS))


class ContentForm(PackageForm):
    """A .h5p file and the school it is for; a person of one school is not asked."""

    school = forms.ModelChoiceField(label=_("School"), queryset=School.objects.none(), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = Actor.of(user).schools(*APPOINTED, Role.HOMEROOM)
        self.schools = School.objects.filter(pk__in=ids).order_by("name")
        field = self.fields["school"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.schools
        if len(ids) < 2:
            del self.fields["school"]
        else:
            field.required = True

    @property
    def chosen_school(self) -> School | None:
        """The school chosen, or the only one there is; None for the office."""
        chosen: School | None = self.cleaned_data.get("school")
        return chosen or self.schools.first()
