"""What the office's administrator enters about an application."""

from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from school.organisation.models import Node, School

from .models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS, Application

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MOST = 20


def address_fault(address: str, *, native: bool = False) -> str:
    """What is wrong with an address of an application, in words; "" when it is right.

    It is compared letter by letter later, so nothing in it may be ambiguous: no wildcard, no fragment, no name and password.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return str(_("This is not an address."))
    local = host in LOOPBACK or host.endswith(".localhost")
    if native and parts.scheme and "." in parts.scheme:
        # An app's own scheme, as RFC 8252 wants it: com.example.app:/path
        return "" if "*" not in address and not parts.fragment else str(_("No * and no # may be in the address."))
    if parts.scheme not in {"https", "http"} or not host:
        return str(_("Write the whole address, beginning with https://"))
    if parts.scheme == "http" and not local and settings.SCHEME == "https":
        return str(_("The address must begin with https://"))
    if "*" in address or "#" in address:
        return str(_("No * and no # may be in the address."))
    if parts.username or any(letter.isspace() for letter in address) or "\\" in address:
        return str(_("No spaces, no names and no passwords may be in the address."))
    return ""


class AddressesField(forms.CharField):
    """Addresses, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}), max_length=4000, **kwargs)

    def clean(self, value: Any) -> Any:
        """The list of addresses; raises ValidationError that names the line."""
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST:
            raise forms.ValidationError(_("At most 20 addresses."))
        for line in lines:
            if fault := address_fault(line, native=True):
                raise forms.ValidationError(f"{line}: {fault}")
        return list(dict.fromkeys(lines))


class ApplicationForm(forms.Form):
    """An application that signs people in through the office."""

    SCOPES = [
        ("profile", _("Name and sign-in code")),
        ("email", _("E-mail address")),
        ("roles", _("Schools and roles")),
    ]

    name = forms.CharField(label=_("Name, as people will read it"), max_length=100)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (Client.Type.CONFIDENTIAL, _("On a server, with a secret (Moodle, Nextcloud, a website)")),
            (Client.Type.PUBLIC, _("On the person's device, without a secret (a phone app)")),
        ],
        widget=forms.RadioSelect,
        initial=Client.Type.CONFIDENTIAL,
    )
    redirect_uris = AddressesField(
        label=_("Addresses to return to after signing in"),
        help_text=_("One a line, exactly as the application names them (redirect URI)."),
    )
    post_logout_uris = AddressesField(
        label=_("Addresses to return to after signing out"), required=False, help_text=_("One a line.")
    )
    backchannel_uri = forms.CharField(
        label=_("Address for sign-out notices"),
        required=False,
        max_length=500,
        help_text=_("Whoever signs out here is then signed out there too (back-channel logout URI)."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may know"), choices=SCOPES, required=False, widget=forms.CheckboxSelectMultiple
    )
    skip_consent = forms.BooleanField(
        label=_("The office's own application: people are not asked whether they agree"), required=False
    )
    office = forms.ModelChoiceField(Node.objects.none(), label=_("Office"), empty_label=None)

    def __init__(self, *args: Any, offices: Any, application: Application | None = None, **kwargs: Any) -> None:
        if application:
            client = application.client
            kwargs["initial"] = {
                "name": client.name,
                "kind": client.type,
                "redirect_uris": client.redirect_uris,
                "post_logout_uris": "\n".join(client.get_post_logout_redirect_uris()),
                "backchannel_uri": application.backchannel_uri,
                "scopes": client.get_scopes(),
                "skip_consent": client.skip_consent,
                "office": application.office_id,
            }
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        if application:
            # The secret belongs to the kind: an application of the other kind is another application.
            self.fields["kind"].disabled = True
        if len(offices[:2]) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.fields["office"].initial = offices[0]

    def clean_backchannel_uri(self) -> str:
        """An address on the web, or none."""
        address = str(self.cleaned_data["backchannel_uri"]).strip()
        if address and (fault := address_fault(address)):
            raise forms.ValidationError(fault)
        return address

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            **{key: data[key] for key in ("name", "redirect_uris", "post_logout_uris", "backchannel_uri", "scopes")},
            "skip_consent": data["skip_consent"],
            "public": data["kind"] == Client.Type.PUBLIC,
        }


class ReaderForm(forms.Form):
    """An application that reads the roster over OneRoster REST."""

    ALL, CHOSEN = "all", "chosen"
    READS = [
        (ROSTER, _("Schools, classes, people and who is in which class")),
        (ROSTER_CORE, _("The same, but only as whole lists")),
    ]

    name = forms.CharField(label=_("Name of the application"), max_length=100)
    office = forms.ModelChoiceField(Node.objects.none(), label=_("Office"), empty_label=None)
    reads = forms.ChoiceField(label=_("What it may read"), choices=READS, widget=forms.RadioSelect, initial=ROSTER)
    demographics = forms.BooleanField(
        label=_("Dates of birth and sex, too"),
        required=False,
        help_text=_("Only for applications that need them for their work."),
    )
    reach = forms.ChoiceField(
        label=_("Which schools"),
        choices=[(ALL, _("All schools of the office, also those that are added later")), (CHOSEN, _("Only these:"))],
        widget=forms.RadioSelect,
        initial=CHOSEN,
    )
    schools = forms.ModelMultipleChoiceField(
        School.objects.none(),
        label=_("Schools"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one school.")},
    )

    def __init__(
        self, *args: Any, offices: Any, schools: Any, application: Application | None = None, **kwargs: Any
    ) -> None:
        if application:
            scopes = application.client.get_scopes()
            kwargs["initial"] = {
                "name": application.client.name,
                "office": application.office_id,
                "reads": ROSTER if ROSTER in scopes else ROSTER_CORE,
                "demographics": ROSTER_DEMOGRAPHICS in scopes,
                "reach": self.ALL if application.all_schools else self.CHOSEN,
                "schools": list(application.schools.values_list("pk", flat=True)),
            }
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        self.fields["schools"].queryset = schools  # type: ignore[attr-defined]
        self.fields["schools"].required = self.data.get("reach") != self.ALL
        if len(offices[:2]) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.fields["office"].initial = offices[0]

    def clean(self) -> dict[str, Any]:
        """Schools are chosen among those of the chosen office."""
        data = super().clean() or {}
        office, schools = data.get("office"), data.get("schools")
        if office is not None and schools and schools.exclude(node__path__startswith=office.path).exists():
            self.add_error("schools", _("Choose schools of this office only."))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        # Whoever may ask what belongs to what may ask for the lists, too, by either name.
        scopes = [ROSTER, ROSTER_CORE] if data["reads"] == ROSTER else [ROSTER_CORE]
        return {
            "name": data["name"],
            "scopes": [*scopes, *([ROSTER_DEMOGRAPHICS] if data["demographics"] else [])],
            "all_schools": data["reach"] == self.ALL,
            "schools": data["schools"],
        }
