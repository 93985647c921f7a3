"""A sheet of marks: its columns, its cells, what comes of them, and the receipts of what was saved."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gradebook.regulations import Circular
from school.organisation.models import School, SchoolClass, Subject, Term
from school.row_security import SchoolOf


class Group(models.TextChoices):
    """The parts of a sheet that are handed in and locked apart. A remark goes with the marks of its moment."""

    TX = "TX", _("Regular")
    GK = "GK", _("Midterm")
    CK = "CK", _("End of term")


class SheetState(models.TextChoices):
    """How far a sheet or one of its groups has come; each step holds until the one before it is restored with a record."""

    OPEN = "open", pgettext_lazy("mark sheet", "Open")
    SUBMITTED = "submitted", _("Submitted")
    LOCKED = "locked", _("Locked")
    SIGNED = "signed", _("Signed")


class MarkSheet(models.Model):
    """A class's marks in one subject and term: what the teacher's register of that subject holds.

    The circular and the way of assessment are stored when the sheet is opened, so later rules never reach back.
    """

    State = SheetState

    school = models.ForeignKey(School, models.PROTECT, related_name="mark_sheets", verbose_name=_("school"))
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="mark_sheets", verbose_name=pgettext_lazy("school", "class")
    )
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="mark_sheets", verbose_name=_("subject"))
    term = models.ForeignKey(Term, models.PROTECT, related_name="mark_sheets", verbose_name=_("term"))
    circular = models.CharField(_("circular"), max_length=20, choices=[(c.value, c.value) for c in Circular])
    mode = models.CharField(_("assessed by"), max_length=10, choices=Subject.Mode.choices)
    periods = models.PositiveSmallIntegerField(_("periods a year"))
    # The least of its groups' states. A group that the sheet has no column of has no state.
    state = models.CharField(_("state"), max_length=10, choices=SheetState.choices, default=SheetState.OPEN)
    state_tx = models.CharField(max_length=10, choices=SheetState.choices, blank=True, default="")
    state_gk = models.CharField(max_length=10, choices=SheetState.choices, blank=True, default="")
    state_ck = models.CharField(max_length=10, choices=SheetState.choices, blank=True, default="")
    pass_only = models.BooleanField(_("pass or fail only"), default=False)
    # Set within the transaction that writes an approved correction and nowhere else: the database lets its cells pass the lock.
    correcting = models.ForeignKey(
        "gradebook.Correction", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last change"), null=True, blank=True)
    created_at = models.DateTimeField(_("opened at"), default=timezone.now)
    # The head of the log's chain: a row cut off its end is found because these two no longer fit.
    log_length = models.PositiveIntegerField(default=0, editable=False)
    log_head = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("school_class__grade", "school_class__name", "subject__order", "term__starts")
        constraints = [
            models.UniqueConstraint(fields=["school_class", "subject", "term"], name="one_sheet_a_term"),
        ]
        verbose_name = _("mark sheet")
        verbose_name_plural = _("mark sheets")

    def __str__(self) -> str:
        return f"{self.subject} – {self.school_class}"

    @property
    def is_open(self) -> bool:
        """Whether any of its groups still takes marks."""
        return self.state == SheetState.OPEN

    @property
    def is_locked(self) -> bool:
        """Whether any of its groups is locked or signed."""
        return any(state in (SheetState.LOCKED, SheetState.SIGNED) for state in self.states.values())

    @property
    def states(self) -> dict[str, str]:
        """The state of each group that the sheet has, in the order of the term."""
        found = {group.value: getattr(self, f"state_{group.value.lower()}") for group in Group}
        return {group: state for group, state in found.items() if state}

    def set_states(self, states: Mapping[str, str]) -> list[str]:
        """Give groups their states and the sheet the least of all; returns the names of the fields to save."""
        for group, state in states.items():
            setattr(self, f"state_{group.lower()}", state)
        order = list(SheetState)
        self.state = min(
            self.states.values(), key=lambda state: order.index(SheetState(state)), default=SheetState.OPEN
        )
        return ["state", *(f"state_{group.lower()}" for group in states)]

    @property
    def is_comment(self) -> bool:
        """Whether the subject is assessed by comment only (Đạt / Chưa đạt)."""
        return self.mode == Subject.Mode.COMMENT


class MarkColumn(models.Model):
    class Kind(models.TextChoices):
        TX = "TX", _("Regular")
        GK = "GK", _("Midterm")
        CK = "CK", _("End of term")
        NX = "NX", _("Remark")

    class Scale(models.TextChoices):
        """What a cell of the column may hold."""

        TENTHS = "tenths", _("0 to 10, one decimal")
        WHOLE = "whole", _("0 to 10, whole")
        PASS = "pass", _("Đạt or Chưa đạt")
        LEVEL = "level", _("T, H or C")
        TEXT = "text", _("Text")

    class Role(models.TextChoices):
        """What a column is beside the circular's ordinary ones."""

        CLUSTER = "cluster", _("Topic cluster")
        RETEST = "retest", _("Second test")

    sheet = models.ForeignKey(MarkSheet, models.CASCADE, related_name="columns")
    school = SchoolOf("sheet")
    kind = models.CharField(_("kind"), max_length=2, choices=Kind.choices)
    group = models.CharField(_("part of the sheet"), max_length=2, choices=Group.choices)
    role = models.CharField(max_length=8, choices=Role.choices, blank=True, default="")
    # A component's name in the course outline; the other columns are named by their kind.
    title = models.CharField(_("name"), max_length=40, blank=True, default="")
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    weight = models.PositiveSmallIntegerField(_("coefficient"), default=1)
    scale = models.CharField(_("scale"), max_length=6, choices=Scale.choices, default=Scale.TENTHS)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(fields=["sheet", "kind", "number"], name="one_column_of_a_number")]
        verbose_name = _("column")
        verbose_name_plural = _("columns")

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The column's short name on forms and in files: TX1, GK, CK, NX."""
        return f"{self.kind}{self.number}" if self.kind == self.Kind.TX or self.number > 1 else self.kind

    @property
    def is_optional(self) -> bool:
        """Whether a blank in it is no gap: a remark, or a second test that only some pupils take."""
        return self.scale == self.Scale.TEXT or self.role == self.Role.RETEST

    @property
    def is_scored(self) -> bool:
        """Whether its cells hold numbers."""
        return self.scale in (self.Scale.TENTHS, self.Scale.WHOLE)


class Mark(models.Model):
    """One cell. ``value`` is the teacher's working copy; families read only the ``published_*`` copy."""

    class Origin(models.TextChoices):
        """How the value came, where nobody typed or imported it."""

        MISSING_RULE = "missing", _("Not assessed: by rule")
        CORRECTION = "correction", _("Correction after lock")
        LESSON = "lesson", _("Lesson")

    column = models.ForeignKey(MarkColumn, models.PROTECT, related_name="marks")
    school = SchoolOf("column")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="marks")
    value = models.DecimalField(_("value"), max_digits=3, decimal_places=1, null=True, blank=True)
    comment = models.CharField(_("result or remark"), max_length=300, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    at = models.DateTimeField(_("entered at"), default=timezone.now)
    published_value = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    published_comment = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["column", "student"], name="one_mark_a_cell"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=Decimal(0), value__lte=Decimal(10)),
                name="mark_between_0_and_10",
            ),
        ]
        verbose_name = _("mark")
        verbose_name_plural = _("marks")

    def __str__(self) -> str:
        return f"{self.column}: {self.comment if self.value is None else self.value}"


class TermResult(models.Model):
    """A pupil's result in a sheet: recomputed from the marks in the transaction that changes them."""

    sheet = models.ForeignKey(MarkSheet, models.PROTECT, related_name="results")
    school = SchoolOf("sheet")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="term_results")
    average = models.DecimalField(_("average"), max_digits=3, decimal_places=1, null=True, blank=True)
    result = models.CharField(_("result"), max_length=3, blank=True)
    missing = models.PositiveSmallIntegerField(_("missing"), default=0)
    published_average = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    published_result = models.CharField(max_length=3, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "student"], name="one_result_a_sheet")]
        verbose_name = _("term result")
        verbose_name_plural = _("term results")

    def __str__(self) -> str:
        return f"{self.sheet}: {self.result if self.average is None else self.average}"


class SaveReceipt(models.Model):
    """The answer to a batch of changes by its sender's key: a batch sent twice is answered again, not done again."""

    sheet = models.ForeignKey(MarkSheet, models.CASCADE, related_name="receipts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "by", "key"], name="one_receipt_a_key")]

    def __str__(self) -> str:
        return self.key
