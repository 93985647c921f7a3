"""What administrators enter about a tool, and teachers about its place in a lesson."""

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lms.lti import jose
from lms.lti.models import Platform, Tool
from school.oidc.forms import AddressesField, address_fault
from school.organisation.models import Node


class AddressField(forms.CharField):
    """One address on the web."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=500, widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}), **kwargs
        )

    def clean(self, value: Any) -> Any:
        """The address; raises ValidationError."""
        address = super().clean(value).strip()
        if address and (fault := address_fault(address)):
            raise forms.ValidationError(fault)
        return address


class KeysField(forms.CharField):
    """Public keys as a tool shows them: a key set or one key in JSON, or PEM. Cleans to a key set ({} when empty)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=20_000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}), required=False, **kwargs
        )

    def clean(self, value: Any) -> Any:
        """The key set; raises ValidationError for what holds no public key, and for a private one."""
        text = super().clean(value).strip()
        if not text:
            return {}
        if "PRIVATE KEY" in text or '"d"' in text:
            raise forms.ValidationError(
                _("This is a private key. Enter the public one, and replace the private one: it has left its place.")
            )
        try:
            data = json.loads(text) if text.startswith("{") else {"keys": [_from_pem(text)]}
            jose.key_set(data if "keys" in data else {"keys": [data]})
        except (ValueError, jose.BadToken) as error:
            raise forms.ValidationError(_("No public key can be read here (a key set in JSON, or PEM).")) from error
        return data if "keys" in data else {"keys": [data]}


def _from_pem(text: str) -> dict[str, Any]:
    for kind in (RSAKey, ECKey):
        try:
            return dict(kind.import_key(text).as_dict(private=False))
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("pem")


class ToolForm(forms.Form):
    """A tool that lessons may launch."""

    name = forms.CharField(label=_("Name, as teachers will read it"), max_length=100)
    node = forms.ModelChoiceField(
        Node.objects.none(),
        label=_("Belongs to"),
        empty_label=None,
        help_text=_("Teachers of this place, and of every school below it, may put the tool into lessons."),
    )
    login_url = AddressField(label=_("Login address of the tool (initiate login URL)"))
    target_url = AddressField(label=_("Address that is launched (target link URI)"))
    redirect_uris = AddressesField(
        label=_("Addresses the answer may go to (redirect URIs)"),
        help_text=_("One a line, exactly as the tool names them."),
    )
    keyset_url = AddressField(label=_("Address of its public keys (JWKS URL)"), required=False)
    keyset = KeysField(
        label=_("Or the public key itself"), help_text=_("JSON or PEM, for a tool without such an address.")
    )
    uses_deep_linking = forms.BooleanField(
        label=_("Teachers choose content in the tool (deep linking)"), required=False
    )
    deep_link_url = AddressField(
        label=_("Address of its content picker"), required=False, help_text=_("Empty: the address that is launched.")
    )
    uses_scores = forms.BooleanField(label=_("The tool reports scores (assignment and grade services)"), required=False)
    uses_members = forms.BooleanField(
        label=_("The tool may read who is in the course (names and roles service)"), required=False
    )
    tells_name = forms.BooleanField(label=_("Tell the tool people's names"), required=False)
    tells_email = forms.BooleanField(label=_("Tell the tool people's e-mail addresses"), required=False)
    framed = forms.BooleanField(label=_("The tool may be shown inside the lesson's page"), required=False)

    def __init__(self, data: Any = None, *, nodes: Any, tool: Tool | None = None) -> None:
        initial: dict[str, Any] = {"uses_deep_linking": True, "uses_scores": True}
        if tool:
            initial = {name: getattr(tool, name) for name in self.base_fields if name != "node"}
            initial["redirect_uris"] = "\n".join(tool.redirect_uris)
            initial["keyset"] = json.dumps(tool.keyset) if tool.keyset else ""
            initial["node"] = tool.node_id
        super().__init__(data, initial=initial)
        self.fields["node"].queryset = nodes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two ways to its keys."""
        data = super().clean() or {}
        if not self.errors and not data.get("keyset_url") and not data.get("keyset"):
            self.add_error("keyset_url", _("Enter the address of the tool's public keys, or a key."))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "node"}


class LinesField(forms.CharField):
    """Short texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}), max_length=4000, **kwargs)

    def clean(self, value: Any) -> Any:
        """The list of lines."""
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if any(len(line) > 255 for line in lines) or len(lines) > 50:
            raise forms.ValidationError(_("At most 50 lines of 255 letters."))
        return list(dict.fromkeys(lines))


class PlatformForm(forms.Form):
    """A platform that may launch our lessons."""

    name = forms.CharField(label=_("Name"), max_length=100)
    node = forms.ModelChoiceField(
        Node.objects.none(),
        label=_("Belongs to"),
        empty_label=None,
        help_text=_("This school, or every school below, may offer courses there."),
    )
    issuer = forms.CharField(label=_("Platform ID (issuer)"), max_length=255)
    client_id = forms.CharField(label=_("Client ID"), max_length=255)
    deployment_ids = LinesField(label=_("Deployment IDs"), help_text=_("One a line."))
    auth_url = AddressField(label=_("Authentication request URL"))
    token_url = AddressField(label=_("Access token URL"))
    keyset_url = AddressField(label=_("Public keyset URL"))
    page_urls = AddressesField(
        label=_("Other addresses of its pages"),
        required=False,
        help_text=_("One a line; only pages of these hosts and of the ones above may show lessons in a frame."),
    )

    def __init__(self, data: Any = None, *, nodes: Any, platform: Platform | None = None) -> None:
        initial: dict[str, Any] = {}
        if platform:
            initial = {name: getattr(platform, name) for name in self.base_fields if name != "node"}
            for name in ("deployment_ids", "page_urls"):
                initial[name] = "\n".join(initial[name])
            initial["node"] = platform.node_id
        super().__init__(data, initial=initial)
        self.platform = platform
        self.fields["node"].queryset = nodes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The same platform is not connected twice."""
        data = super().clean() or {}
        same = Platform.objects.filter(issuer=data.get("issuer"), client_id=data.get("client_id"))
        if same.exclude(pk=self.platform.pk if self.platform else None).exists():
            self.add_error("client_id", _("This platform is already connected under this client ID."))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "node"}


class PlaceForm(forms.Form):
    """A tool's place in a lesson, without choosing in the tool."""

    tool = forms.ModelChoiceField(Tool.objects.none(), label=_("External tool"), empty_label=None)
    title = forms.CharField(label=_("Title shown to students"), max_length=200)
    url = AddressField(
        label=_("Address within the tool"),
        required=False,
        help_text=_("Empty: the address that is launched for every place."),
    )
    maximum = forms.DecimalField(
        label=_("Highest score"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=100_000,
        max_digits=8,
        decimal_places=2,
        help_text=_("The tool reports a score, and the lesson is complete only with it. Empty: it reports none."),
    )
    framed = forms.BooleanField(
        label=pgettext_lazy("lti", "Show it inside the lesson's page, if the tool allows it"), required=False
    )

    def __init__(self, *args: Any, tools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tool"].queryset = tools  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An address of the tool's own hosts, and a score only from a tool that reports some."""
        data = super().clean() or {}
        tool = data.get("tool")
        if tool and data.get("url") and not any(data["url"].startswith(origin + "/") for origin in tool.origins):
            self.add_error("url", _("This address is not on a host that was registered for the tool."))
        if tool and data.get("maximum") and not tool.uses_scores:
            self.add_error("maximum", _("This tool reports no scores."))
        return data
