"""A file's life in the database: the asset, its jobs, its sets of renditions, and uploads on their way in."""

import datetime
import uuid
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from media.captions import Cue, write_vtt
from media.errors import RETRYABLE, sentence
from school.row_security import SchoolOf
from school.text import fold


class Kind(models.TextChoices):
    """What a file is, told by its content."""

    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Sound")
    IMAGE = "image", _("Picture")
    DOCUMENT = "document", _("Document")
    PACKAGE = "package", _("Package")


TRANSCODED = (Kind.VIDEO, Kind.AUDIO)


class AssetState(models.TextChoices):
    """Where a file is in its life."""

    UPLOADED = "uploaded", _("Waiting")
    PROCESSING = "processing", _("Being processed")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class JobState(models.TextChoices):
    """Where a job is; only a queued job, or a running one whose lease ran out, can be claimed."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being processed")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


def original_path(asset: "Asset", filename: str) -> str:
    """Where an original is kept: by its asset's identity alone, so that no person's file name reaches the store."""
    suffix = "".join(ch for ch in filename.rpartition(".")[2].lower() if ch.isascii() and ch.isalnum())[:8]
    return f"uploads/{asset.pk}/original" + (f".{suffix}" if suffix and "." in filename else "")


class AssetQuerySet(models.QuerySet["Asset"]):
    """Assets, with the words of the room."""

    def ready(self) -> Self:
        """Those that can be shown."""
        return self.filter(state=AssetState.READY)

    def watchable(self) -> Self:
        """Those with a published set of renditions, also while the full set is still being made."""
        return self.filter(current__isnull=False)


class Asset(models.Model):
    """One uploaded file and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="assets", verbose_name=_("owner")
    )
    school = models.ForeignKey(
        "organisation.School", models.PROTECT, null=True, blank=True, related_name="assets", verbose_name=_("school")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    original = models.FileField(_("original file"), upload_to=original_path, max_length=200, blank=True)
    original_name = models.CharField(_("file name"), max_length=255, blank=True)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=AssetState, default=AssetState.UPLOADED)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    duration = models.FloatField(_("length in seconds"), null=True, blank=True)
    width = models.PositiveIntegerField(_("width"), default=0)
    height = models.PositiveIntegerField(_("height"), default=0)
    downloadable = models.BooleanField(_("viewers may take it along"), default=False)
    chapters = models.TextField(_("chapters"), blank=True, max_length=20_000)
    current = models.ForeignKey(
        "RenditionSet", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("published renditions")
    )
    created = models.DateTimeField(_("created"), default=timezone.now)

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["owner", "-created"]), models.Index(fields=["state", "created"])]

    def __str__(self) -> str:
        return self.title

    @property
    def error(self) -> str:
        """The sentence of what went wrong; empty when nothing did."""
        return sentence(self.error_code) if self.error_code else ""

    @property
    def can_retry(self) -> bool:
        """Whether another attempt at the same file can help."""
        return self.state == AssetState.FAILED and self.error_code in RETRYABLE | {"cancelled"}

    @property
    def transcoded(self) -> bool:
        """Whether this kind of file is processed before it is shown."""
        return self.kind in TRANSCODED


class RenditionSet(models.Model):
    """The output of one attempt, in a folder of its own; an asset shows the one its `current` names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="rendition_sets")
    quick = models.BooleanField(_("first, quick set"), default=False)
    has_video = models.BooleanField(default=False)
    has_audio = models.BooleanField(default=False)
    has_poster = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("set of renditions")
        verbose_name_plural = _("sets of renditions")

    def __str__(self) -> str:
        return self.prefix

    @property
    def prefix(self) -> str:
        """The folder in the store, ending in a slash."""
        return rendition_prefix(self.asset_id, self.pk)


def rendition_prefix(asset_id: uuid.UUID, attempt: uuid.UUID) -> str:
    """The folder of one attempt's files in the store."""
    return f"renditions/{asset_id}/{attempt}/"


class Rendition(models.Model):
    """One file of a set that is played: a picture rung or a sound rate."""

    set = models.ForeignKey(RenditionSet, models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=16)
    is_video = models.BooleanField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    peak_rate = models.PositiveIntegerField(_("highest rate in bit/s"))
    size = models.BigIntegerField(_("size in bytes"))
    codecs = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = [models.UniqueConstraint(fields=["set", "name"], name="media_rendition_name_once_in_set")]

    def __str__(self) -> str:
        return self.name

    @property
    def short_side(self) -> int:
        """The number people call a picture size by: 720 for 1280×720 and for 720×1280."""
        return min(self.width, self.height)


class CaptionTrack(models.Model):
    """What is said in a recording, with times, in one language; WebVTT of our own writing (media.captions)."""

    class Language(models.TextChoices):
        VI = "vi", "Tiếng Việt"
        EN = "en", "English"
        FR = "fr", "Français"
        DE = "de", "Deutsch"
        JA = "ja", "日本語"
        KO = "ko", "한국어"
        RU = "ru", "Русский"
        ZH = "zh", "中文"

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="captions")
    school = SchoolOf("asset", null=True)
    language = models.CharField(_("language"), max_length=8, choices=Language)
    published = models.BooleanField(_("shown to viewers"), default=True)
    # made from the speech, and nobody has looked at it yet
    unchecked = models.BooleanField(_("made by machine, not yet checked"), default=False)
    vtt = models.TextField()
    # The words without diacritics, for the search.
    search_text = models.TextField(editable=False)
    changed = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("captions")
        verbose_name_plural = _("captions")
        constraints = [
            models.UniqueConstraint(fields=["asset", "language"], name="media_captions_once_a_language"),
            models.CheckConstraint(
                condition=~models.Q(published=True, unchecked=True), name="media_captions_checked_before_shown"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.language}"

    def take(self, cues: Iterable[Cue]) -> None:
        """Put these cues in the place of what it holds; not saved."""
        cues = list(cues)
        self.vtt = write_vtt(cues)
        self.search_text = fold(" ".join(cue.plain for cue in cues))
        self.changed = timezone.now()


class Note(models.Model):
    """What somebody wrote at a moment of a recording: for their eyes alone, or ``shared`` by its owner with all viewers."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="notes", verbose_name=_("file"))
    school = SchoolOf("asset", null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="media_notes", verbose_name=_("author")
    )
    at = models.PositiveIntegerField(_("second"))
    text = models.TextField(_("note"), max_length=2000)
    shared = models.BooleanField(_("shown to all viewers"), default=False)
    changed = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["author", "asset", "at"])]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.at}"


class Job(models.Model):
    """A piece of processing with a lease: the row is the truth, a message of the broker only a hint."""

    class JobKind(models.TextChoices):
        TRANSCODE = "transcode", _("Transcoding")
        DOWNLOAD = "download", _("Files to take along")
        PICTURE = "picture", _("Sizes of a picture")
        PAGES = "pages", _("Pages of a document")
        SPEECH = "speech", _("Captions from the speech")

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="jobs", verbose_name=_("file"))
    kind = models.CharField(_("kind"), max_length=16, choices=JobKind, default=JobKind.TRANSCODE)
    # of captions from the speech: what is spoken
    language = models.CharField(_("language"), max_length=8, choices=CaptionTrack.Language, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=JobState, default=JobState.QUEUED)
    lease_owner = models.CharField(_("worker"), max_length=200, blank=True)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    hinted_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    progress = models.PositiveSmallIntegerField(
        _("progress in per cent"), default=0, validators=[MaxValueValidator(100)]
    )
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    log_tail = models.TextField(_("end of the log"), blank=True)
    prefix = models.CharField(max_length=120, blank=True)
    created = models.DateTimeField(_("created"), default=timezone.now)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [models.Index(fields=["state", "lease_until"]), models.Index(fields=["asset", "-created"])]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "kind"],
                condition=models.Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="media_job_one_open_per_asset",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asset_id}"

    @property
    def error(self) -> str:
        """The sentence of what went wrong; empty when nothing did."""
        return sentence(self.error_code) if self.error_code else ""

    @property
    def can_retry(self) -> bool:
        """Whether somebody may ask for another attempt; the transcoding only where it can help."""
        if self.kind == self.JobKind.TRANSCODE:
            return self.asset.can_retry
        # also after a final error: the server may have learnt to do it since
        return self.state in (JobState.FAILED, JobState.CANCELLED)

    @property
    def open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)


class Extra(models.Model):
    """A file made of an asset by a job of its own, besides what is played; the folder is the attempt's."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="extras")
    kind = models.CharField(max_length=16, choices=Job.JobKind)
    attempt = models.UUIDField()
    name = models.CharField(max_length=40)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField(_("size in bytes"))
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("file made of a file")
        verbose_name_plural = _("files made of a file")
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="media_extra_name_once_in_asset")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it lies in the store."""
        return rendition_prefix(self.asset_id, self.attempt) + self.name


class Upload(models.Model):
    """A file on its way in: by the tus protocol into the incoming folder or, with a `multipart`, straight into the S3 store."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    school = models.ForeignKey("organisation.School", models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=200, blank=True)
    kinds = models.CharField(max_length=100, blank=True)
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    completed = models.BooleanField(default=False)
    asset = models.OneToOneField(Asset, models.CASCADE, null=True, blank=True, related_name="upload")
    error_code = models.CharField(max_length=40, blank=True)
    multipart = models.CharField(max_length=1024, blank=True)  # the store's own name of it
    locked_by = models.CharField(max_length=64, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index(fields=["expires"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset__gte=0) & models.Q(offset__lte=models.F("length")),
                name="media_upload_offset_within_length",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where a file that goes straight into the store lies: where the original of an asset of the same identity does."""
        return original_path(Asset(pk=self.pk), self.name)

    @property
    def left(self) -> datetime.timedelta:
        """How long it may still be resumed."""
        return self.expires - timezone.now()
