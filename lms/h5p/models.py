"""Libraries of H5P, contents made with them, and what each person did with a content."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.h5p.names import LibraryName


class LibraryQuerySet(models.QuerySet["Library"]):
    """Libraries, with the words of the room."""

    def usable(self) -> Self:
        """Those whose code may run here: installed, approved by the office and not disabled."""
        return self.filter(current__isnull=False, approved=True, disabled=False)

    def named(self, names: "set[LibraryName] | list[LibraryName]") -> Self:
        """The libraries of these names, whatever their state."""
        condition = Q(pk__in=[])
        for name in names:
            condition |= Q(machine_name=name.machine_name, major=name.major, minor=name.minor)
        return self.filter(condition)


class Library(models.Model):
    """A library's identity, machine name with major and minor version. Patches replace each other, versions stand side by side."""

    machine_name = models.CharField(_("name"), max_length=255)
    major = models.PositiveIntegerField(_("major version"))
    minor = models.PositiveIntegerField(_("minor version"))
    title = models.CharField(_("title"), max_length=255)
    runnable = models.BooleanField(_("can be played on its own"), default=False)
    approved = models.BooleanField(_("approved"), default=False)
    disabled = models.BooleanField(_("disabled"), default=False)
    current = models.ForeignKey(
        "LibraryRelease", models.SET_NULL, null=True, related_name="+", verbose_name=_("installed release")
    )
    changed = models.DateTimeField(_("changed"), auto_now=True)

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering = ("machine_name", "major", "minor")
        constraints = [models.UniqueConstraint(fields=["machine_name", "major", "minor"], name="h5p_library_once")]
        verbose_name = _("library")
        verbose_name_plural = _("libraries")

    def __str__(self) -> str:
        return str(self.name)

    @property
    def name(self) -> LibraryName:
        """The identity as a value."""
        return LibraryName(self.machine_name, self.major, self.minor)


class LibraryRelease(models.Model):
    """One patch version: its files lie unchanged under `folder` for ever, so browsers may keep them for ever."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="releases", verbose_name=_("library"))
    patch = models.PositiveIntegerField(_("patch version"))
    folder = models.CharField(max_length=300, unique=True)
    sha256 = models.CharField(max_length=64)
    metadata = models.JSONField(default=dict)
    semantics = models.JSONField(null=True)
    files = models.JSONField(default=dict, help_text="path → size in bytes")
    installed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("installed by")
    )
    installed_at = models.DateTimeField(_("installed"), default=timezone.now)

    class Meta:
        ordering = ("library", "-patch")
        constraints = [models.UniqueConstraint(fields=["library", "patch"], name="h5p_release_once")]

    def __str__(self) -> str:
        return f"{self.library}.{self.patch}"

    @property
    def folder_name(self) -> str:
        """The folder's name in addresses: it holds the full version, so that a new patch is a new address."""
        return f"{self.library.name.folder}.{self.patch}"


class LibraryDependency(models.Model):
    """A library that a release needs. By name: an editor's library may not be here, and a later patch may come first."""

    class Kind(models.TextChoices):
        PRELOADED = "preloaded", _("to play")
        DYNAMIC = "dynamic", _("on demand")
        EDITOR = "editor", _("to edit")

    release = models.ForeignKey(LibraryRelease, models.CASCADE, related_name="dependencies")
    kind = models.CharField(max_length=10, choices=Kind)
    order = models.PositiveSmallIntegerField()
    machine_name = models.CharField(max_length=255)
    major = models.PositiveIntegerField()
    minor = models.PositiveIntegerField()

    class Meta:
        ordering = ("release", "kind", "order")
        constraints = [models.UniqueConstraint(fields=["release", "kind", "order"], name="h5p_dependency_order")]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def name(self) -> LibraryName:
        """Which library is needed."""
        return LibraryName(self.machine_name, self.major, self.minor)


class Content(models.Model):
    """An interactive content that a teacher brought in: its parameters, repaired, and the files they name."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="h5p_contents", verbose_name=_("owner")
    )
    school = models.ForeignKey(
        "organisation.School", models.PROTECT, null=True, related_name="h5p_contents", verbose_name=_("school")
    )
    title = models.CharField(_("title"), max_length=255)
    language = models.CharField(_("language"), max_length=10, default="und")
    main = models.ForeignKey(Library, models.PROTECT, related_name="contents", verbose_name=_("kind of content"))
    libraries: "models.ManyToManyField[Library, Any]" = models.ManyToManyField(Library, related_name="used_by")
    source_params = models.JSONField(default=dict, help_text="as uploaded, with our file names")
    params = models.JSONField(default=dict, help_text="repaired by the semantics of the installed libraries")
    sub_libraries = models.JSONField(default=list, help_text='libraries named in the parameters, "Name 1.0", in order')
    stale = models.BooleanField(default=False, help_text="a library changed since the parameters were repaired")
    metadata = models.JSONField(default=dict)
    folder = models.CharField(max_length=80, unique=True)
    source_name = models.CharField(_("file name"), max_length=255, blank=True)
    source_sha256 = models.CharField(max_length=64, blank=True)
    max_score = models.DecimalField(_("highest score"), max_digits=9, decimal_places=2, null=True)
    created = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("H5P content")
        verbose_name_plural = _("H5P contents")

    def __str__(self) -> str:
        return self.title


class ContentFile(models.Model):
    """A file that a content's parameters name; `path` is relative to the content's folder, for instance images/….jpg."""

    content = models.ForeignKey(Content, models.CASCADE, related_name="files")
    path = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "path"], name="h5p_content_file_once")]

    def __str__(self) -> str:
        return self.path


class Result(models.Model):
    """What a person reached in a content, in one context (a lesson). Made in the browser: a sign of practice, not an exam."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="h5p_results")
    content = models.ForeignKey(Content, models.CASCADE, related_name="results")
    context = models.CharField(max_length=64, blank=True)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=2, null=True)
    max_score = models.DecimalField(_("highest score"), max_digits=9, decimal_places=2, null=True)
    best_score = models.DecimalField(_("best score"), max_digits=9, decimal_places=2, null=True)
    completed = models.BooleanField(_("completed"), default=False)
    success = models.BooleanField(_("passed"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    seconds = models.PositiveIntegerField(_("time spent in seconds"), default=0)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "content", "context"], name="h5p_result_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | (Q(score__gte=0) & Q(score__lte=F("max_score"))),
                name="h5p_score_within_max",
            ),
        ]
        verbose_name = _("H5P result")
        verbose_name_plural = _("H5P results")

    def __str__(self) -> str:
        return f"{self.user} – {self.content}"


class Statement(models.Model):
    """A raw xAPI statement as the browser sent it; `uuid` makes sending twice harmless."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    result = models.ForeignKey(Result, models.CASCADE, related_name="statements")
    verb = models.CharField(max_length=60)
    sub_content_id = models.CharField(max_length=60, blank=True)
    top_level = models.BooleanField()
    data = models.JSONField(default=dict)
    received = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("received",)
        indexes = [models.Index(fields=["result", "received"])]

    def __str__(self) -> str:
        return self.verb


class UserState(models.Model):
    """Where a person stopped in a content, as the content's own code wrote it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="h5p_states")
    content = models.ForeignKey(Content, models.CASCADE, related_name="states")
    context = models.CharField(max_length=64, blank=True)
    sub_content_id = models.CharField(max_length=60, default="0")
    data_type = models.CharField(max_length=60, default="state")
    data = models.TextField()
    preload = models.BooleanField(default=True)
    invalidate = models.BooleanField(default=False)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "content", "context", "sub_content_id", "data_type"], name="h5p_state_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.data_type} {self.sub_content_id}"
