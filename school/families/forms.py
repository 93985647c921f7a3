"""What a parent sends, and what the school answers."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from school.families.codes import code_read
from school.identity.models import User
from school.organisation.models import Guardianship
from school.phones import can_receive_sms, normalise_phone
from school.text import clean


class JoinForm(forms.Form):
    """The slip's code and who the parent is."""

    code = forms.CharField(
        label=_("Code on the slip"),
        max_length=20,
        help_text=_("Ten letters and digits, for example abcde-fgh34. A slip is for one child and works once."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Your full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    relation = forms.ChoiceField(label=_("You are the child's"), choices=Guardianship.Relation.choices)
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=128,
        strip=False,
        help_text=_("At least 8 characters. If you have an account already, your old password stays."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_code(self) -> str:
        """A code in its one form."""
        code = code_read(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("A code has ten letters and digits. Copy it from the slip."))
        return code

    def clean_name(self) -> str:
        """A name, not a number."""
        name = clean(self.cleaned_data["name"])
        if any(c.isdigit() for c in name) or not any(c.isalpha() for c in name) or " " not in name:
            raise ValidationError(_("Write your full name, as on your identity card."))
        return name

    def clean_phone(self) -> str:
        """A mobile number, as it is kept."""
        phone = normalise_phone(self.cleaned_data["phone"])
        if not phone or not can_receive_sms(phone):
            raise ValidationError(_("This is not a mobile number. Write 10 digits that start with 0."))
        return phone

    def clean(self) -> dict[str, Any]:
        """The password must not be what everybody can guess of this parent."""
        data = super().clean() or {}
        if data.get("password"):
            parent = User(code="", full_name=data.get("name", ""), phone=data.get("phone", ""))
            try:
                validate_password(data["password"], parent)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class RefuseForm(forms.Form):
    """Why a request is refused; the parent reads it."""

    reason = forms.CharField(
        label=_("Why not"),
        max_length=300,
        help_text=_("The parent reads this."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
