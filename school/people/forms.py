"""What the pages about people ask, and sentences for what does not fit."""

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Node, School, SchoolClass
from school.people.facts import FACTS
from school.people.models import BulkAction
from school.people.policies import GRANTS
from school.people.selectors import classes_to_place, places_to_appoint
from school.policy import Actor, Role, visible
from school.roles import POSTS
from school.roster.processing.values import UnreadableError, read_digits, read_email, read_name, read_phone
from school.text import clean

Verb = BulkAction.Verb


def day_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    """A day, chosen in the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget, required=required)


class FactsForm(forms.ModelForm):
    """A person's facts, read as the lists read them."""

    class Meta:
        model = User
        fields = FACTS
        widgets = {"birth_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.attrs |= {"type": "tel", "autocomplete": "off"}
        self.fields["email"].widget = forms.EmailInput(attrs={"class": "input", "autocomplete": "off"})
        self.fields["birth_date"].required = False
        self.fields["gender"].widget.choices = [("", "–"), *User.Gender.choices]
        for name in ("ministry_code", "citizen_id"):
            self.fields[name].validators = []

    def _read(self, name: str, reader: Callable[[str], str]) -> str:
        value = clean(self.cleaned_data.get(name) or "")
        if not value:
            return ""
        try:
            return reader(value)
        except UnreadableError as error:
            raise ValidationError(error.message) from None

    def clean_full_name(self) -> str:
        """A person's name, not a number."""
        return self._read("full_name", read_name)

    def clean_phone(self) -> str:
        """The number as it is kept."""
        return self._read("phone", read_phone)

    def clean_email(self) -> str:
        """The address in small letters."""
        return self._read("email", read_email)

    def _number(self, name: str, length: int, label: Any) -> str | None:
        value = self._read(name, lambda text: read_digits(text, length, label)) or None
        if value and User.objects.filter(**{name: value}).exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _(
                    "This number already belongs to somebody else. Is this person in the lists twice? Then merge the accounts."
                )
            )
        return value

    def clean_ministry_code(self) -> str | None:
        """Ten digits that nobody else has."""
        return self._number("ministry_code", 10, _("The Ministry code"))

    def clean_citizen_id(self) -> str | None:
        """Twelve digits that nobody else has."""
        return self._number("citizen_id", 12, _("The citizen number"))

    def clean_birth_date(self) -> datetime.date | None:
        """A day of the last hundred and twenty years."""
        born: datetime.date | None = self.cleaned_data.get("birth_date")
        if born and not today().year - 120 <= born.year <= today().year - 1:
            raise ValidationError(_("Nobody in a school was born in this year. Correct it."))
        return born


class PostForm(forms.Form):
    """An appointment: role, place, days."""

    role = forms.ChoiceField(label=_("Role"))
    node = forms.ModelChoiceField(Node.objects.none(), label=_("Place"), empty_label=None)
    starts = day_field(_("From"))
    ends = day_field(_("Until"), _("Leave blank while no end is known."), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = Actor.of(user).roles
        given = {role for granter, posts in GRANTS.items() if granter in roles for role in posts}
        self.fields["role"].choices = [(role.value, role.label) for role in POSTS if role in given]  # type: ignore[attr-defined]
        self.fields["node"].queryset = places_to_appoint(user)  # type: ignore[attr-defined]
        self.fields["starts"].initial = today

    def clean(self) -> dict[str, Any]:
        """An office's post is held at an office, every other at a school; the days in their order."""
        data = super().clean() or {}
        node, role = data.get("node"), data.get("role")
        if node is not None and (role == Role.OFFICE_ADMIN) == hasattr(node, "school"):
            self.add_error("node", _("An office administrator belongs to an office, everybody else to a school."))
        if data.get("ends") and data.get("starts") and data["ends"] < data["starts"]:
            self.add_error("ends", _("The last day lies before the first."))
        return data


class PostEndForm(forms.Form):
    """The last day of an appointment."""

    ends = day_field(_("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends"].initial = today


class ReasonForm(forms.Form):
    """Why something is done that must be justified."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("For example: lost the phone, came in person with the identity card."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ClassChoice(forms.ModelChoiceField):
    """Classes, each with its school."""

    def label_from_instance(self, obj: Any) -> str:
        """The class and, behind it, the school."""
        return f"{obj.name} – {obj.school}"


class ActionForm(forms.Form):
    """The options that one verb needs, as JSON keeps them."""

    def __init__(self, *args: Any, verb: str, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        right = "transfer" if verb in {Verb.TRANSFER, Verb.STAFF_TRANSFER} else "manage"
        schools = visible(user, School, right).order_by("name")
        if verb in {Verb.PLACE, Verb.RETURN, Verb.TRANSFER}:
            classes = classes_to_place(user, right)
            self.fields["school_class"] = ClassChoice(classes, label=pgettext_lazy("school", "Class"), empty_label="–")
        if verb in {Verb.LEAVE, Verb.POSTS_END, Verb.STAFF_TRANSFER}:
            self.fields["school"] = forms.ModelChoiceField(schools, label=_("School"), empty_label="–")
            if len(schools[:2]) == 1:
                self.fields["school"].initial = schools[0]
        if verb == Verb.STAFF_TRANSFER:
            self.fields["target"] = forms.ModelChoiceField(schools, label=_("New school"), empty_label="–")
        if verb == Verb.LEAVE:
            gone = [one for one in Enrolment.Status.choices if one[0] != Enrolment.Status.STUDYING]
            self.fields["status"] = forms.ChoiceField(label=_("Reason"), choices=gone)
        if verb in {Verb.PLACE, Verb.RETURN, Verb.TRANSFER, Verb.STAFF_TRANSFER}:
            self.fields["day"] = day_field(_("First day there"), _("A day in the future is kept as a plan."))
        elif verb in {Verb.LEAVE, Verb.POSTS_END}:
            self.fields["day"] = day_field(_("Last day"))
        if "day" in self.fields:
            self.fields["day"].initial = today

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen, by ids and ISO days."""
        data, found = self.cleaned_data, {}
        for name, key in (("school_class", "class"), ("school", "school"), ("target", "target")):
            if isinstance(data.get(name), School | SchoolClass):
                found[key] = data[name].pk
        if data.get("day"):
            found["day"] = data["day"].isoformat()
        if data.get("status"):
            found["status"] = data["status"]
        return found
