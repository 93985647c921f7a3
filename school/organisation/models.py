"""Who belongs where and when: the tree of nodes, schools, years, classes and the dated relations of people."""

import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.dated import Dated, today
from school.roles import POSTS, Role


class Level(models.TextChoices):
    PRIMARY = "primary", _("Primary")
    LOWER = "lower_secondary", _("Lower secondary")
    UPPER = "upper_secondary", _("Upper secondary")
    UNIVERSITY = "university", _("University")


GRADES: dict[str, range] = {
    Level.PRIMARY: range(1, 6),
    Level.LOWER: range(6, 10),
    Level.UPPER: range(10, 13),
    Level.UNIVERSITY: range(1, 9),
}


class NodeKind(models.Model):
    """What a level of the tree is called here: ministry, department, office, school; names are the operator's."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ("order", "code")
        verbose_name = _("kind of node")
        verbose_name_plural = _("kinds of nodes")

    def __str__(self) -> str:
        return self.name


class NodeQuerySet(models.QuerySet["Node"]):
    def under(self, paths: "set[str] | frozenset[str]") -> Self:
        """The nodes at or below any of the given paths; none for an empty set."""
        condition = Q(pk__in=[])
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)


class Node(models.Model):
    """A place in the organisation; ``path`` is the chain of ids from the root, each followed by a slash."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("above")
    )
    kind = models.ForeignKey(NodeKind, models.PROTECT, related_name="nodes", verbose_name=_("kind"))
    name = models.CharField(_("name"), max_length=200)
    code = models.CharField(_("code"), max_length=40, blank=True)
    path = models.CharField(max_length=255, db_index=True, editable=False, default="")

    objects: ClassVar[Any] = NodeQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        verbose_name = _("node")
        verbose_name_plural = _("nodes")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else ''}{self.pk}/"
        if path != self.path:
            # The id is known only after the first save; a moved node takes its whole branch along.
            old, self.path = self.path, path
            type(self).objects.filter(pk=self.pk).update(path=path)
            if old:
                for below in type(self).objects.filter(path__startswith=old).exclude(pk=self.pk):
                    type(self).objects.filter(pk=below.pk).update(path=path + below.path[len(old) :])

    def descendants(self) -> models.QuerySet["Node"]:
        """Every node below this one, at any depth."""
        return type(self).objects.filter(path__startswith=self.path).exclude(pk=self.pk)


class School(models.Model):
    """A school: a node of the tree with its own public host name (``slug``)."""

    node = models.OneToOneField(Node, models.PROTECT, related_name="school", verbose_name=_("node"))
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    slug = models.SlugField(_("host label"), max_length=63, unique=True)
    host = models.CharField(_("own host name"), max_length=253, unique=True, null=True, blank=True)
    ward = models.CharField(_("ward"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=255, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    search_text = models.CharField(max_length=255, editable=False, default="", db_index=True)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("school")
        verbose_name_plural = _("schools")

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        from school.text import fold

        self.search_text = fold(f"{self.name} {self.code} {self.ward}")[:255]
        super().save(*args, **kwargs)

    @property
    def levels(self) -> list[str]:
        """The levels the school teaches, in the order of the ladder."""
        order = list(Level.values)
        return sorted((row.level for row in self.level_rows.all()), key=order.index)

    @property
    def level_names(self) -> str:
        """The levels in words, for a page."""
        return ", ".join(str(Level(level).label) for level in self.levels)

    @property
    def grades(self) -> list[int]:
        """The grades that its levels cover (years of study at a university)."""
        return sorted({grade for level in self.levels for grade in GRADES[level]})


class SchoolLevel(models.Model):
    """A school may hold several levels."""

    school = models.ForeignKey(School, models.CASCADE, related_name="level_rows")
    level = models.CharField(max_length=20, choices=Level.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "level"], name="school_level_once")]

    def __str__(self) -> str:
        return self.get_level_display()


class SchoolYearQuerySet(models.QuerySet["SchoolYear"]):
    def current(self, day: datetime.date | None = None) -> "SchoolYear | None":
        """The year of ``day``; between two years the last one that began, before the first the first."""
        day = day or today()
        return self.filter(starts__lte=day).order_by("-starts").first() or self.order_by("starts").first()


class SchoolYear(models.Model):
    name = models.CharField(_("name"), max_length=20, unique=True)
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"))

    objects: ClassVar[Any] = SchoolYearQuerySet.as_manager()

    class Meta:
        ordering = ("-starts",)
        verbose_name = _("school year")
        verbose_name_plural = _("school years")

    def __str__(self) -> str:
        return self.name


class TermQuerySet(models.QuerySet["Term"]):
    def current(self, day: datetime.date | None = None) -> "Term | None":
        """The term of ``day``; between two terms the last one that began, before the first the first."""
        day = day or today()
        return self.filter(starts__lte=day).order_by("-starts").first() or self.order_by("starts").first()


class Term(models.Model):
    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="terms", verbose_name=_("school year"))
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    name = models.CharField(_("name"), max_length=40)
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"))

    objects: ClassVar[Any] = TermQuerySet.as_manager()

    class Meta:
        ordering = ("starts",)
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="term_number_once")]
        verbose_name = _("term")
        verbose_name_plural = _("terms")

    def __str__(self) -> str:
        return f"{self.name} {self.year.name}"


class Week(models.Model):
    """A teaching week, Monday to Sunday, numbered through the year."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="weeks", verbose_name=_("term"))
    number = models.PositiveSmallIntegerField(_("number"))
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"))

    class Meta:
        ordering = ("starts",)
        constraints = [models.UniqueConstraint(fields=["term", "number"], name="week_number_once")]
        verbose_name = _("week")
        verbose_name_plural = _("weeks")

    def __str__(self) -> str:
        return str(self.number)


class Subject(models.Model):
    class Mode(models.TextChoices):
        SCORE = "score", _("Comment and score")
        COMMENT = "comment", _("Comment only")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120)
    mode = models.CharField(_("assessed by"), max_length=10, choices=Mode.choices, default=Mode.SCORE)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ("order", "name")
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")

    def __str__(self) -> str:
        return self.name


class SubjectPlan(models.Model):
    """Periods a year of a subject in a grade; a row without school is the office's default."""

    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="plans")
    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="plans")
    level = models.CharField(max_length=20, choices=Level.choices)
    grade = models.PositiveSmallIntegerField()
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="plans")
    periods = models.PositiveSmallIntegerField(help_text=_("Periods in the whole school year"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "level", "grade", "subject"], name="plan_once"),
            models.UniqueConstraint(
                fields=["year", "level", "grade", "subject"], condition=Q(school__isnull=True), name="default_plan_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.grade}: {self.periods}"


class SchoolClass(models.Model):
    school = models.ForeignKey(School, models.PROTECT, related_name="classes", verbose_name=_("school"))
    year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="classes", verbose_name=_("school year"))
    level = models.CharField(_("level"), max_length=20, choices=Level.choices)
    grade = models.PositiveSmallIntegerField(_("grade"))
    name = models.CharField(_("name"), max_length=40)

    class Meta:
        ordering = ("grade", "name")
        constraints = [models.UniqueConstraint(fields=["school", "year", "name"], name="class_name_once")]
        verbose_name = pgettext_lazy("school", "class")
        verbose_name_plural = pgettext_lazy("school", "classes")

    def __str__(self) -> str:
        return self.name


class Enrolment(Dated):
    class Status(models.TextChoices):
        STUDYING = "studying", _("Studying")
        TRANSFERRED = "transferred", _("Transferred")
        LEFT = "left", _("Left")
        FINISHED = "finished", _("Finished")

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments", verbose_name=_("student")
    )
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="enrolments", verbose_name=pgettext_lazy("school", "class")
    )
    school = models.ForeignKey(School, models.PROTECT, related_name="enrolments", verbose_name=_("school"))
    status = models.CharField(_("status"), max_length=15, choices=Status.choices, default=Status.STUDYING)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["student", "school_class"], condition=Q(ends__isnull=True), name="enrolled_once"
            ),
        ]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")

    def __str__(self) -> str:
        return f"{self.student} – {self.school_class}"


class TeachingAssignment(Dated):
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="teaching", verbose_name=_("teacher")
    )
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="teaching", verbose_name=pgettext_lazy("school", "class")
    )
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="teaching", verbose_name=_("subject"))
    school = models.ForeignKey(School, models.PROTECT, related_name="teaching", verbose_name=_("school"))

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["teacher", "school_class", "subject"], condition=Q(ends__isnull=True), name="assigned_once"
            ),
        ]
        verbose_name = _("teaching assignment")
        verbose_name_plural = _("teaching assignments")

    def __str__(self) -> str:
        return f"{self.teacher} – {self.subject} {self.school_class}"


class HomeroomAssignment(Dated):
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="homerooms", verbose_name=_("homeroom teacher")
    )
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="homerooms", verbose_name=pgettext_lazy("school", "class")
    )
    school = models.ForeignKey(School, models.PROTECT, related_name="homerooms", verbose_name=_("school"))

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["school_class"], condition=Q(ends__isnull=True), name="one_homeroom_teacher"
            ),
        ]
        verbose_name = _("homeroom assignment")
        verbose_name_plural = _("homeroom assignments")

    def __str__(self) -> str:
        return f"{self.teacher} – {self.school_class}"


class Guardianship(Dated):
    class Relation(models.TextChoices):
        FATHER = "father", _("Father")
        MOTHER = "mother", _("Mother")
        OTHER = "other", _("Guardian")

    guardian = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="guardianships", verbose_name=_("guardian")
    )
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="guarded_by", verbose_name=_("student")
    )
    relation = models.CharField(_("relation"), max_length=10, choices=Relation.choices)
    is_primary = models.BooleanField(_("first contact"), default=False)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["guardian", "student"], condition=Q(ends__isnull=True), name="guardian_once"
            ),
            models.UniqueConstraint(
                fields=["student"], condition=Q(ends__isnull=True, is_primary=True), name="one_first_contact"
            ),
        ]
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")

    def __str__(self) -> str:
        return f"{self.guardian} – {self.student}"


class Membership(Dated):
    """An appointment of a person to a node; only the appointed roles are stored, the others follow from relations."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, role.label) for role in POSTS], default=Role.TEACHER
    )
    node = models.ForeignKey(Node, models.PROTECT, related_name="memberships", verbose_name=_("place"))

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["user", "role", "node"], condition=Q(ends__isnull=True), name="appointed_once"
            ),
        ]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"
