"""Conduct, and what a term and a year came to: learning result, title, promotion."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.organisation.models import SchoolClass, SchoolYear, Term
from school.row_security import SchoolOf


class Assessment(models.TextChoices):
    """The four levels of Circular 22/2021, for learning and for conduct alike."""

    GOOD = "TOT", pgettext_lazy("level of assessment", "Good")
    FAIR = "KHA", pgettext_lazy("level of assessment", "Fair")
    PASS = "DAT", pgettext_lazy("level of assessment", "Pass")
    FAIL = "CHUA_DAT", pgettext_lazy("level of assessment", "Not passed")


class Conduct(models.Model):
    """A pupil's conduct in a term as the homeroom teacher assesses it (Circular 22/2021, Art. 8)."""

    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="conduct")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="conduct")
    school = SchoolOf("school_class")
    term = models.ForeignKey(Term, models.PROTECT, related_name="conduct", verbose_name=_("term"))
    level = models.CharField(_("conduct"), max_length=8, choices=Assessment.choices)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    at = models.DateTimeField(_("assessed at"), default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "term"], name="one_conduct_a_term")]
        verbose_name = _("conduct")
        verbose_name_plural = _("conduct")

    def __str__(self) -> str:
        return f"{self.student} {self.term}: {self.get_level_display()}"


class LearningResult(models.Model):
    """What a term, or the year when ``term`` is empty, came to for a pupil; worked out from marks, conduct and absences.

    ``subjects`` holds the result of each subject by its code: an average as text with one decimal, "D" or "CD". Families read
    ``published``, a copy of what was shown when the principal published it.
    """

    class Title(models.TextChoices):
        EXCELLENT = "HSXS", _("Excellent pupil")
        GOOD = "HSG", _("Good pupil")

    class Decision(models.TextChoices):
        PROMOTED = "LEN_LOP", _("Promoted")
        COMPLETED = "HOAN_THANH_CAP", _("Completed the level")
        REPEATS = "O_LAI", _("Repeats the year")
        REASSESSED = "DANH_GIA_LAI", _("Assessed again in summer")
        SUMMER_CONDUCT = "REN_LUYEN_HE", _("Conduct to mend in summer")

    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="learning_results")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="learning_results")
    school = SchoolOf("school_class")
    year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="learning_results")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="learning_results")
    study = models.CharField(_("learning result"), max_length=8, blank=True, choices=Assessment.choices)
    base = models.CharField(_("before Art. 9(3)"), max_length=8, blank=True, choices=Assessment.choices)
    culprit = models.CharField(_("subject that Art. 9(3) forgave"), max_length=20, blank=True)
    conduct = models.CharField(_("conduct"), max_length=8, blank=True, choices=Assessment.choices)
    absences = models.PositiveSmallIntegerField(_("days absent"), default=0)
    title = models.CharField(pgettext_lazy("pupil", "title"), max_length=4, blank=True, choices=Title.choices)
    decision = models.CharField(_("decision"), max_length=20, blank=True, choices=Decision.choices)
    subjects = models.JSONField(default=dict, blank=True)
    missing = models.JSONField(default=list, blank=True)
    published = models.JSONField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "term"], condition=Q(term__isnull=False), name="one_learning_result_a_term"
            ),
            models.UniqueConstraint(
                fields=["student", "year"], condition=Q(term__isnull=True), name="one_learning_result_a_year"
            ),
        ]
        verbose_name = _("learning result")
        verbose_name_plural = _("learning results")

    def __str__(self) -> str:
        return f"{self.student} {self.term or self.year}: {self.get_study_display()}"

    #: What is worked out, and hence compared, stored and published.
    FACTS = ("study", "base", "culprit", "conduct", "absences", "title", "decision", "subjects", "missing")

    @property
    def facts(self) -> dict[str, Any]:
        """What is worked out, by name."""
        return {name: getattr(self, name) for name in self.FACTS}
