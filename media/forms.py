"""Forms of the media rooms, and the field by which other rooms' forms take a file."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from media.captions import LARGEST_BYTES, SUFFIXES
from media.chapters import ChapterError, read_chapters, read_clock, write_clock
from media.content import suffixes
from media.errors import MediaError, sentence
from media.models import Asset, CaptionTrack, Kind, Note
from media.selectors import own_assets
from media.services import ALL_KINDS, upload_check
from media.tus import accepted


class UploadForm(forms.Form):
    """One file in one request, for browsers without scripts."""

    file = forms.FileField(label=_("File"))
    title = forms.CharField(label=_("Name to show"), max_length=200, required=False)

    def __init__(self, *args: Any, owner: Any, kinds: Iterable[Kind] = ALL_KINDS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.kinds = frozenset(kinds)
        self.fields["file"].widget.attrs |= {"class": "input", "accept": ",".join(sorted(suffixes(self.kinds)))}
        self.fields["title"].widget.attrs["class"] = "input"

    def clean_file(self) -> Any:
        """Refuse by name, size and quota with the sentence of the reason."""
        file = self.cleaned_data["file"]
        try:
            upload_check(owner=self.owner, name=file.name or "", size=file.size, kinds=self.kinds)
        except MediaError as error:
            raise forms.ValidationError(error.sentence) from error
        return file


class CaptionsForm(forms.Form):
    """A file of captions and its language."""

    language = forms.ChoiceField(label=_("Language"), choices=CaptionTrack.Language.choices)
    file = forms.FileField(label=_("File (.vtt, .srt or .ass)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {"class": "input", "accept": ",".join(SUFFIXES)}
        self.fields["language"].widget.attrs["class"] = "input"

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError(sentence("too_big"))
        return file


class SpeechForm(forms.Form):
    """What is spoken in a recording; languages that have captions from a person already are left out."""

    language = forms.ChoiceField(label=_("Spoken language"))

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = {track.language for track in asset.captions.all() if not track.unchecked}
        language: Any = self.fields["language"]
        language.choices = [choice for choice in CaptionTrack.Language.choices if choice[0] not in taken]
        language.widget.attrs["class"] = "input"


class ChaptersForm(forms.ModelForm):
    """The chapters of a recording, a line each."""

    class Meta:
        model = Asset
        fields = ("chapters",)
        help_texts = {"chapters": _("A line each: the time, then the title. For instance: 3:20 Quy đồng mẫu số")}
        widgets = {"chapters": forms.Textarea(attrs={"rows": 5, "class": "input"})}

    def clean_chapters(self) -> str:
        """Refuse the first wrong line, by its number."""
        text: str = self.cleaned_data["chapters"]
        try:
            read_chapters(text, self.instance.duration)
        except ChapterError as error:
            sentence_of = {
                "form": _("Line %(number)s, “%(line)s”: write the time as minutes:seconds, a space, then the title."),
                "order": _("Line %(number)s, “%(line)s”: its time does not come after the line before."),
                "end": _("Line %(number)s, “%(line)s”: the recording is shorter than that."),
            }
            values = {"number": error.number, "line": error.line[:60]}
            raise forms.ValidationError(sentence_of[error.why], params=values) from error
        return text


class NoteForm(forms.ModelForm):
    """A note at a moment; only the recording's owner may show it to all viewers."""

    at = forms.CharField(label=_("Time"), max_length=10, widget=forms.TextInput(attrs={"data-note-at": ""}))

    class Meta:
        model = Note
        fields = ("text", "at", "shared")
        widgets = {"text": forms.Textarea(attrs={"rows": 2, "class": "input", "data-note-text": ""})}

    def __init__(self, *args: Any, asset: Asset, owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset = asset
        self.initial["at"] = write_clock(self.instance.at or 0)
        self.fields["at"].widget.attrs |= {"class": "input", "inputmode": "numeric", "autocomplete": "off"}
        self.fields["text"].error_messages["required"] = _("The note is empty. Write something first.")
        label = _("Write a note at this moment")
        self.fields["text"].widget.attrs |= {"aria-label": label, "placeholder": label}
        if not owner:
            del self.fields["shared"]

    def clean_at(self) -> int:
        """The second; refuses what is no time and what lies behind the end."""
        second = read_clock(self.cleaned_data["at"])
        if second is None:
            raise forms.ValidationError(_("Write the time as minutes:seconds, for instance 3:20."))
        if self.asset.duration is not None and second > self.asset.duration:
            raise forms.ValidationError(
                _("The recording ends at %(end)s."), params={"end": write_clock(int(self.asset.duration))}
            )
        return second


class AssetInput(forms.HiddenInput):
    """Chooses a file on the device, sends it in pieces and keeps the asset's id; draws media/upload_field.html."""

    template_name = "media/upload_widget.html"
    input_type = "hidden"

    def __init__(self, kinds: Iterable[Kind] = ALL_KINDS, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.kinds = frozenset(kinds)

    @property
    def is_hidden(self) -> bool:
        """It is drawn with its label, unlike other hidden inputs."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The include's variables: name, asset, kinds."""
        context = super().get_context(name, value, attrs)
        chosen = Asset.objects.filter(pk=value).first() if value and _is_uuid(value) else None
        return context | {"name": name, "asset": chosen, "kinds": accepted(self.kinds)}


class AssetField(forms.ModelChoiceField):
    """A file of the person's own, uploaded in the form. Give `owner` by `field.for_owner(user)` in the form's __init__."""

    def __init__(self, *, kinds: Iterable[Kind] = ALL_KINDS, **kwargs: Any) -> None:
        self.kinds = frozenset(kinds)
        kwargs.setdefault("widget", AssetInput(self.kinds))
        super().__init__(queryset=Asset.objects.none(), **kwargs)

    def for_owner(self, owner: Any, *, also: Iterable[Any] = ()) -> None:
        """Accept this person's files, and those whose ids are in `also` (what the edited object already has)."""
        mine = own_assets(owner).values("pk")
        self.queryset = Asset.objects.filter(pk__in=mine) | Asset.objects.filter(pk__in=[pk for pk in also if pk])


def _is_uuid(value: Any) -> bool:
    try:
        Asset._meta.pk.to_python(value)
    except forms.ValidationError:
        return False
    return True
