"""What teachers and students send: course, section and lesson forms, and the reports of a player."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import strip_tags
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lms.blocks import BLOCK_TYPES, TEXT, BlockData
from lms.models import Course, CourseState, Lesson, Section
from lms.watching import BadRanges, Range, parse_ranges, parse_seconds
from school.identity.models import User
from school.organisation.models import School, SchoolClass, Subject, TeachingAssignment
from school.policy import Actor, Role

INPUT = {"class": "input"}


@dataclass(frozen=True)
class Place:
    """Where a course is taught: a class, or a whole school where `school_class` is None."""

    school: School
    school_class: SchoolClass | None
    subject: Subject

    @property
    def value(self) -> str:
        """The form's value."""
        where = f"c{self.school_class.pk}" if self.school_class else f"s{self.school.pk}"
        return f"{where}-{self.subject.pk}"

    @property
    def label(self) -> str:
        """As a teacher reads it: "6A1 · Toán"."""
        where = self.school_class.name if self.school_class else gettext("the whole school")
        return f"{where} · {self.subject}"


def places_of(teacher: User) -> list[Place]:
    """Where the teacher may make a course today: their classes' subjects, then each subject for the whole school."""
    rows = (
        TeachingAssignment.objects.current()
        .filter(teacher=teacher, school__in=Actor.of(teacher).schools(Role.TEACHER))
        .select_related("school", "school_class", "subject")
        .order_by("school_class__grade", "school_class__name", "subject__order")
    )
    classes = [Place(row.school, row.school_class, row.subject) for row in rows]
    schools = {(place.school.pk, place.subject.pk): Place(place.school, None, place.subject) for place in classes}
    return list({place.value: place for place in [*classes, *schools.values()]}.values())


class CourseForm(forms.Form):
    """A new course."""

    title = forms.CharField(label=_("Name of the course"), max_length=200, widget=forms.TextInput(INPUT))
    place = forms.ChoiceField(label=_("Class and subject"), widget=forms.Select(INPUT))

    def __init__(self, *args: Any, teacher: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {place.value: place for place in places_of(teacher)}
        self.fields["place"].choices = [(value, place.label) for value, place in self.places.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Place:
        """The chosen place of a valid form."""
        return self.places[self.cleaned_data["place"]]


class CourseEditForm(forms.ModelForm[Course]):
    """A course's name and state."""

    class Meta:
        model = Course
        fields = ["title", "state"]
        widgets = {"title": forms.TextInput(INPUT), "state": forms.Select(INPUT)}
        labels = {"title": _("Name of the course"), "state": _("State")}

    def clean_state(self) -> str:
        """One of the states."""
        return CourseState(self.cleaned_data["state"])


class TitleForm(forms.Form):
    """A title, of a section or of a new lesson; a lesson may name its section."""

    title = forms.CharField(label=pgettext_lazy("lesson", "Title"), max_length=200, widget=forms.TextInput(INPUT))
    section = forms.ModelChoiceField(
        label=_("Section"), queryset=Section.objects.none(), required=False, widget=forms.Select(INPUT)
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = course.sections.all()  # type: ignore[attr-defined]
        self.fields["section"].empty_label = _("Without a section")  # type: ignore[attr-defined]


class LessonForm(forms.Form):
    """The editor's form: title, section and the blocks in the order they were sent.

    A block has its number in `block`, and `type-`, `text-`, `caption-`, `ref-` fields with that number. A text block
    that was edited without JavaScript comes as plain text (`plain-`): it replaces the formatted text only if changed.
    """

    title = forms.CharField(label=_("Title of the lesson"), max_length=200, widget=forms.TextInput(INPUT))
    section = forms.ModelChoiceField(
        label=_("Section"), queryset=Section.objects.none(), required=False, widget=forms.Select(INPUT)
    )
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lesson: Lesson, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = lesson.course.sections.all()  # type: ignore[attr-defined]
        self.fields["section"].empty_label = _("Without a section")  # type: ignore[attr-defined]

    def blocks(self) -> list[BlockData]:
        """The blocks sent; what is not a block of ours is left out."""
        data = self.data
        assert isinstance(data, QueryDict)  # bound forms of a request only
        return [
            BlockData(
                type=data.get(f"type-{number}", ""),
                id=number,
                text=_sent_text(data, number),
                caption=data.get(f"caption-{number}", "").strip()[:200],
                ref=data.get(f"ref-{number}", "").strip(),
            )
            for number in dict.fromkeys(data.getlist("block"))
            if _is_uuid(number) and data.get(f"type-{number}") in BLOCK_TYPES
        ]


def _sent_text(data: QueryDict, number: str) -> str:
    text = data.get(f"text-{number}", "")
    plain = data.get(f"plain-{number}")
    if data.get(f"type-{number}") != TEXT or plain is None or plain.split() == plain_text(text).split():
        return text
    paragraphs = [part.strip() for part in plain.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return "".join(f"<p>{_escape(part)}</p>" for part in paragraphs)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def plain_text(html: str) -> str:
    """Formatted text as it is written without formatting: a blank line between paragraphs."""
    for tag in ("</p>", "</li>", "</h3>", "</h4>", "</ul>", "</ol>"):
        html = html.replace(tag, tag + "\n\n")
    text = strip_tags(html.replace("<br>", "\n"))
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text.strip()


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


@dataclass(frozen=True)
class WatchReport:
    """What a player reports: which material, where it stands (s), which ranges were played (s)."""

    material: int
    position: float
    ranges: list[Range] = field(default_factory=list)

    @classmethod
    def parse(cls, body: bytes) -> "WatchReport":
        """Reads the JSON; BadRanges for anything that is not a report. The ranges are cut to the length later."""
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadRanges("json") from error
        if not isinstance(raw, dict) or not isinstance(raw.get("material"), int):
            raise BadRanges("material")
        position = parse_seconds(raw.get("position", 0))
        return cls(raw["material"], position, parse_ranges(raw.get("ranges", []), duration=float("inf")))

    def within(self, duration: float) -> list[Range]:
        """The ranges cut to the video's length."""
        return [(start, min(end, duration)) for start, end in self.ranges if start < min(end, duration)]
