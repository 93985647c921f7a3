"""Imports that wait for a person's yes, what people said of files' columns, and the making of first passwords."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.organisation.models import Node, School, SchoolClass


class ListKind(models.TextChoices):
    STUDENTS = "students", _("List of students")
    STAFF = "staff", _("List of staff")
    TEACHING = "teaching", _("Teaching assignments")


class ColumnLayout(models.Model):
    """What the columns of files with certain headings hold, as a person once said: for a school, or for an office's schools.

    `columns` maps the name of a column to a field's key, or to "" for a column that is not read.
    """

    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="column_layouts")
    node = models.ForeignKey(Node, models.CASCADE, null=True, blank=True, related_name="column_layouts")
    kind = models.CharField(_("kind of list"), max_length=10, choices=ListKind.choices)
    fingerprint = models.CharField(max_length=64)
    name = models.CharField(_("name"), max_length=120)
    columns = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(school__isnull=False) ^ models.Q(node__isnull=False), name="layout_of_one_place"
            ),
            models.UniqueConstraint(fields=["school", "kind", "fingerprint"], name="school_layout_once"),
            models.UniqueConstraint(fields=["node", "kind", "fingerprint"], name="office_layout_once"),
        ]
        verbose_name = _("remembered columns")
        verbose_name_plural = _("remembered columns")

    def __str__(self) -> str:
        return self.name


class RosterImport(models.Model):
    """A list that was sent: what it would change, who sent it, what became of it.

    The file itself is kept only between preview and answer, for at most a day.
    """

    Kind = ListKind

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be read")
        CHECKING = "checking", _("Being read")
        MAPPING = "mapping", _("Columns to be matched")
        PREVIEW = "preview", _("Waiting for an answer")
        CONFIRMED = "confirmed", _("Waiting to be written")
        WRITING = "writing", _("Being written")
        DONE = "done", _("Taken over")
        REFUSED = "refused", _("Could not be read")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Not answered in time")
        FAILED = "failed", _("Failed")

    school = models.ForeignKey(School, models.CASCADE, related_name="roster_imports", verbose_name=_("school"))
    kind = models.CharField(_("kind of list"), max_length=10, choices=Kind.choices)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(default=bytes, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREVIEW)
    message = models.CharField(max_length=400, blank=True)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    new_classes = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    # What the person said of this file's columns, and in which row (from 0) the headings are.
    columns = models.JSONField(default=dict)
    header_row = models.PositiveSmallIntegerField(null=True, blank=True)
    layout = models.ForeignKey(ColumnLayout, models.SET_NULL, null=True, blank=True, related_name="+")
    options = models.JSONField(default=dict)
    stage = models.CharField(max_length=10, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    beat = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="roster_imports", verbose_name=_("sent by")
    )
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    answered = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("import of a list")
        verbose_name_plural = _("imports of lists")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.file_name}"

    # States in which the worker has the list, and in which it can still be dropped.
    WORKING = (State.QUEUED, State.CHECKING, State.CONFIRMED, State.WRITING)
    DROPPABLE = (State.QUEUED, State.CHECKING, State.MAPPING, State.PREVIEW)

    @property
    def working(self) -> bool:
        """Whether the worker has the list: the page asks again by itself."""
        return self.state in self.WORKING

    @property
    def percent(self) -> int:
        """How far the worker is, as people feel it: reading takes about a third of the time."""
        if self.stage == "writing":
            return 40 + int(60 * self.done / self.total) if self.total else 40
        return {"reading": 10, "checking": 35}.get(self.stage, 0)

    @property
    def droppable(self) -> bool:
        """Whether the list can still be dropped without a trace in the data."""
        return self.state in self.DROPPABLE


class SlipJob(models.Model):
    """The making of one class's one-time passwords. The sheet is kept sealed, until it is fetched once or an hour is over."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FETCHED = "fetched", _("Fetched")
        FAILED = "failed", _("Failed")

    school_class = models.ForeignKey(
        SchoolClass, models.CASCADE, related_name="slip_jobs", verbose_name=pgettext_lazy("school", "class")
    )
    parents = models.BooleanField(_("parents too"), default=False)
    parent_codes = models.BooleanField(_("codes for parents"), default=False)
    sign_in_address = models.CharField(max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(default=bytes, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="slip_jobs")
    created = models.DateTimeField(auto_now_add=True)
    beat = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("sheet of slips")
        verbose_name_plural = _("sheets of slips")

    def __str__(self) -> str:
        return f"{self.school_class} – {self.get_state_display()}"


class SourcedId(models.Model):
    """The id under which OneRoster sets know a thing of ours: given by the set it came with, else by us, and then kept.

    `key` names our thing ("user:12", "class:7:TOAN"); what was last told of it is kept too, so that a delta
    knows what has changed since, and can still tell what is there no longer.
    """

    file = models.CharField(max_length=20)
    sourced_id = models.CharField(max_length=255)
    key = models.CharField(max_length=80)
    school = models.ForeignKey(School, models.SET_NULL, null=True, blank=True, related_name="+")
    cells = models.JSONField(default=dict)
    changed = models.DateTimeField(null=True, blank=True)
    gone = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "sourced_id"], name="sourced_id_once"),
            models.UniqueConstraint(fields=["file", "key"], name="sourced_key_once"),
        ]
        verbose_name = _("OneRoster id")
        verbose_name_plural = _("OneRoster ids")

    def __str__(self) -> str:
        return f"{self.file} {self.sourced_id}"


class RestPicture(models.Model):
    """When a school was last pictured for those who read the roster over OneRoster REST (school.roster.pictures)."""

    school = models.OneToOneField(School, models.CASCADE, related_name="+", primary_key=True)
    taken = models.DateTimeField(db_index=True)
    rows = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.school_id}: {self.taken:%Y-%m-%d %H:%M}"


class RestRow(models.Model):
    """One row of a school's set as OneRoster REST tells it: the cells of the CSV, and since when they are so.

    What many schools share (years, offices, people of two schools) stands once for each school, as its reader alone would
    be told; whoever reads several schools gets it put together (school.roster.rest.reading). ``person``, ``place`` and
    ``word`` repeat cells by which rows are found: the user's id, the id of class, course or parent, the type or role (of a
    user all roles at the school, between commas).
    """

    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    file = models.CharField(max_length=20)
    sourced_id = models.CharField(max_length=255)
    cells = models.JSONField(default=dict)
    changed = models.DateTimeField()
    live = models.BooleanField(default=True)
    # Whether the same thing stands, or stood, at another school too: only such rows have to be put together.
    elsewhere = models.BooleanField(default=False)
    person = models.CharField(max_length=255, blank=True)
    place = models.CharField(max_length=255, blank=True)
    word = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "sourced_id", "school"], name="rest_row_once")]
        indexes = [
            models.Index(fields=["school", "file", "sourced_id"], name="rest_row_page"),
            models.Index(fields=["file", "person"], name="rest_row_person"),
            models.Index(fields=["file", "place"], name="rest_row_place"),
            models.Index(fields=["school", "file", "changed"], name="rest_row_changed"),
        ]
        verbose_name = _("row told over OneRoster REST")
        verbose_name_plural = _("rows told over OneRoster REST")

    def __str__(self) -> str:
        return f"{self.file} {self.sourced_id}"


class OneRosterSet(models.Model):
    """A OneRoster set that an office's administrator sent: what it would change, and what became of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be read")
        CHECKING = "checking", _("Being read")
        PREVIEW = "preview", _("Waiting for an answer")
        CONFIRMED = "confirmed", _("Waiting to be written")
        WRITING = "writing", _("Being written")
        DONE = "done", _("Taken over")
        REFUSED = "refused", _("Could not be read")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    node = models.ForeignKey(Node, models.CASCADE, related_name="+", verbose_name=_("place"))
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(default=bytes, editable=False)
    version = models.CharField(max_length=5, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    message = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    accept_valid = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    beat = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("OneRoster set")
        verbose_name_plural = _("OneRoster sets")

    def __str__(self) -> str:
        return self.file_name

    @property
    def working(self) -> bool:
        """Whether the worker has the set: the page asks again by itself."""
        return self.state in (self.State.QUEUED, self.State.CHECKING, self.State.CONFIRMED, self.State.WRITING)
