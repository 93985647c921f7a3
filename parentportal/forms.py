"""What families and teachers write."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from school.identity.models import User


class ReplyForm(forms.Form):
    """An answer in a conversation."""

    body = forms.CharField(label=_("Your answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))


class QuestionForm(forms.Form):
    """A family's question to the homeroom teacher."""

    title = forms.CharField(label=_("About"), max_length=200)
    body = forms.CharField(label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class WriteForm(forms.Form):
    """A notice to a class, or a letter to some families of it."""

    to = forms.ChoiceField(
        label=_("To"),
        choices=[("class", _("all families of the class")), ("some", _("the families chosen below"))],
        widget=forms.RadioSelect,
        initial="class",
    )
    students = forms.ModelMultipleChoiceField(
        label=_("Pupils"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    needs_ack = forms.BooleanField(label=_("Ask the families to confirm that they have read it"), required=False)

    def __init__(self, *args: Any, students: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["students"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = students

    def clean(self) -> dict[str, Any]:
        """Chosen families must be chosen."""
        data = super().clean() or {}
        if data.get("to") == "some" and not data.get("students"):
            self.add_error("students", _("Choose at least one pupil, or write to the whole class."))
        return data
