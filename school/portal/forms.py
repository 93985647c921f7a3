"""What Wagtail's editor asks of a news item beside its text: whose consent it needs."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm

from school.dated import current_q
from school.identity.models import User
from school.organisation.models import Enrolment, School
from school.policy import visible
from school.portal.selectors import consents_missing
from school.privacy.models import Purpose


class PupilsField(forms.CharField):
    """Pupils as lines of text, each a code (with or without the name behind it) or a full name; cleaned to a list of people."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.pupils: Any = User.objects.none()

    def prepare_value(self, value: Any) -> Any:
        """The people that are stored, as lines; what somebody typed, as it is."""
        if value is None or isinstance(value, str):
            return value
        return "\n".join(f"{one.code} {one.full_name}" for one in value)

    def clean(self, value: Any) -> Any:
        """The pupils named, each once. Raises ValidationError for a line that names nobody, or several, of the school."""
        lines = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        found: dict[int, User] = {}
        faults = []
        for line in lines:
            same = list(self.pupils.filter(Q(code__iexact=line.split()[0]) | Q(full_name__iexact=line)).distinct()[:2])
            if len(same) == 1:
                found[same[0].pk] = same[0]
            elif same:
                faults.append(_("Several pupils are called “%(line)s”: write the pupil's code.") % {"line": line})
            else:
                faults.append(
                    _("“%(line)s” is no pupil of this school: write the code or the full name.") % {"line": line}
                )
        if faults:
            raise ValidationError(faults)
        return list(found.values())


class NewsForm(WagtailAdminPageForm):
    """A news item: a draft may lack consents, what is published may not."""

    pictured = PupilsField(
        label=_("Pupils who can be recognised in a picture"),
        help_text=_("One pupil a line: the code or the full name."),
    )
    named = PupilsField(
        label=_("Pupils who are named, with a prize for instance"),
        help_text=_("One pupil a line: the code or the full name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("pictured", "named"):
            if isinstance(field := self.fields.get(name), PupilsField):
                field.pupils = self._pupils()

    def _pupils(self) -> Any:
        home = self.parent_page.specific.portal_home()
        schools = visible(self.for_user, School, "roster")
        if home.school_id:
            schools = schools.filter(pk=home.school_id)
        here = Enrolment.objects.filter(current_q(), school__in=schools)
        return User.objects.filter(pk__in=here.values("student"))

    def clean(self) -> Any:
        """Refuse to publish pictures about which nothing is said, and pupils whose consent is missing, by name."""
        cleaned = super().clean()
        if "action-publish" not in self.data or self.errors:
            return cleaned
        page = self._meta.model(picture=cleaned.get("picture"), body=cleaned.get("body"))
        if page.pictures() and not cleaned["pictured"] and not cleaned["nobody_pictured"]:
            self.add_error(
                "pictured", _("The page has pictures: name the pupils in them, or say that none can be recognised.")
            )
        for name, purpose in (("pictured", Purpose.PICTURE), ("named", Purpose.RESULT)):
            for line in refusals(cleaned.get(name, ()), purpose):
                self.add_error(name, line)
        return cleaned


def refusals(pupils: Iterable[User], purpose: Purpose) -> list[str]:
    """A sentence for each pupil whose consent to the purpose is missing."""
    sentence = _(
        "%(name)s (%(code)s): there is no consent to “%(purpose)s”. Leave the pupil out, or ask pupil and family."
    )
    return [
        str(sentence % {"name": one.full_name, "code": one.code, "purpose": purpose.label})
        for one in consents_missing(pupils, purpose)
    ]
