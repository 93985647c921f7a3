from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why somebody wants to look as another person."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The person will read this. E.g. “The mother called: she does not find the lesson”."),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
