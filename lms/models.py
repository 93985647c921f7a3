"""Courses, their lessons, and what each student has done in them."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from lms.blocks import LessonBody
from school.row_security import SchoolOf


class CourseState(models.TextChoices):
    """Where a course stands. An archived course is read, not written."""

    DRAFT = "draft", _("In preparation")
    OPEN = "open", pgettext_lazy("course", "Open")
    ARCHIVED = "archived", _("Archived")


class CourseQuerySet(models.QuerySet["Course"]):
    """The courses' words."""

    def open(self) -> Self:
        """Courses that students may study."""
        return self.filter(state=CourseState.OPEN)


class Course(models.Model):
    """A subject's lessons for one class, or for the whole school where `school_class` is empty."""

    title = models.CharField(_("title"), max_length=200)
    school = models.ForeignKey("organisation.School", on_delete=models.PROTECT, related_name="courses")
    school_class = models.ForeignKey(
        "organisation.SchoolClass", on_delete=models.PROTECT, null=True, blank=True, related_name="courses"
    )
    subject = models.ForeignKey("organisation.Subject", on_delete=models.PROTECT, related_name="courses")
    teachers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="courses_taught")
    state = models.CharField(_("state"), max_length=10, choices=CourseState.choices, default=CourseState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["school_class__grade", "school_class__name", "subject__order", "title"]
        indexes = [models.Index(fields=["school_class", "state"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The course's page."""
        return reverse("lms:course", args=[self.pk])


class Section(models.Model):
    """A chapter of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sections")
    school = SchoolOf("course")
    title = models.CharField(_("title"), max_length=200)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.title


class LessonQuerySet(models.QuerySet["Lesson"]):
    """The lessons' words."""

    def published(self) -> Self:
        """Lessons that students may read: published, in an open course."""
        return self.filter(live=True, course__state=CourseState.OPEN)

    def in_order(self) -> Self:
        """As the course page shows them: lessons without a section first, then section by section."""
        return self.order_by(models.F("section__order").asc(nulls_first=True), "section_id", "order", "pk")


class Lesson(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """One lesson. The row is what students read; a teacher's draft lives in Wagtail's revisions until published."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    school = SchoolOf("course")
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons")
    title = models.CharField(_("title"), max_length=200)
    order = models.PositiveIntegerField(default=0)
    body = StreamField(LessonBody(), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page on which the lesson is studied."""
        return reverse("lms:lesson", args=[self.pk])

    def with_content_json(self, content: dict[str, Any]) -> "Lesson":
        """A revision's content; its place in the course stays as it is now: moving a lesson is not part of a draft."""
        lesson: Lesson = super().with_content_json(content)
        lesson.course, lesson.section, lesson.order = self.course, self.section, self.order
        lesson.school_id = self.school_id
        return lesson

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        """The student's own page, so that a preview is what will be read."""
        return "lms/lesson.html"


class LessonMaterial(models.Model):
    """A video, picture, file, H5P content or external tool that a lesson holds, kept beside the body for rights and for progress.

    Each has a row for the published body (`live`) and one for the draft, rebuilt by the services that save them.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="materials")
    school = SchoolOf("lesson")
    live = models.BooleanField(default=False)
    block = models.CharField(max_length=10)
    asset = models.ForeignKey("media.Asset", on_delete=models.CASCADE, null=True, related_name="lesson_materials")
    content = models.ForeignKey("h5p.Content", on_delete=models.CASCADE, null=True, related_name="lesson_materials")
    link = models.ForeignKey("lti.Link", on_delete=models.CASCADE, null=True, related_name="lesson_materials")
    order = models.PositiveIntegerField()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False, content__isnull=True, link__isnull=True)
                | Q(asset__isnull=True, content__isnull=False, link__isnull=True)
                | Q(asset__isnull=True, content__isnull=True, link__isnull=False),
                name="material_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block} {self.asset_id or self.content_id or self.link_id}"


class LessonProgress(models.Model):
    """What one student has done in one lesson."""

    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    school = SchoolOf("lesson")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "lesson"], name="one_progress_a_lesson")]
        indexes = [models.Index(fields=["student", "-seen_at"])]

    def __str__(self) -> str:
        return f"{self.student_id} · {self.lesson_id}"


class WatchProgress(models.Model):
    """Which seconds of a video a student has watched in a lesson, and where to go on."""

    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watch_progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="watch_progress")
    school = SchoolOf("lesson")
    asset = models.ForeignKey("media.Asset", on_delete=models.CASCADE, related_name="watch_progress")
    position = models.FloatField(default=0)
    ranges = models.JSONField(default=list)
    watched_seconds = models.FloatField(default=0)
    watched_share = models.FloatField(default=0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "lesson", "asset"], name="one_watch_progress_a_video"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} · {self.asset_id} · {self.watched_share:.0%}"
