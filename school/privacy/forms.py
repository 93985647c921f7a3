"""What people and offices type about personal data."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import DataRequest


class WishForm(forms.Form):
    """A wish for correction or deletion."""

    kind = forms.ChoiceField(label=_("What do you want?"), choices=DataRequest.Kind.choices)
    text = forms.CharField(
        label=_("In your words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For a correction: what is written now, and what is right."),
    )


class AnswerForm(forms.Form):
    """The answer to a wish."""

    granted = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Grant it")), ("no", _("Refuse it"))],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer in words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What was done. When refused: the reason and the rule it rests on."),
    )


class RuleForm(forms.Form):
    """How long a kind of record is kept."""

    years = forms.IntegerField(label=_("Years"), min_value=1, max_value=100, required=False)
    basis = forms.CharField(label=_("Basis"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["years"].widget.attrs["class"] = "num"
