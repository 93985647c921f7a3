"""Reads of the media rooms."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from media.captions import Cue, read_vtt
from media.chapters import Chapter, ChapterError, read_chapters
from media.content import PDF, is_office
from media.models import Asset, AssetState, CaptionTrack, Extra, Job, JobState, Rendition, Upload
from media.speech import speech_fault
from school.policy import visible
from school.text import fold


@dataclass(frozen=True)
class Progress:
    """What a person is shown of a file that is being processed."""

    asset: Asset
    job: Job | None

    @property
    def percent(self) -> int:
        """Progress of the running attempt."""
        return self.job.progress if self.job and self.job.state == JobState.RUNNING else 0

    @property
    def moving(self) -> bool:
        """Whether the state can still change by itself, so that it is worth asking again."""
        return self.asset.state in (AssetState.UPLOADED, AssetState.PROCESSING)

    @property
    def waiting(self) -> bool:
        """Whether no worker has it in hand."""
        return self.moving and (self.job is None or self.job.state == JobState.QUEUED)


def progress_of(asset: Asset) -> Progress:
    """The file with its newest job: one query."""
    return Progress(asset, _newest(asset, Job.JobKind.TRANSCODE))


@dataclass(frozen=True)
class Extras:
    """The files of one kind made of an asset, and the newest job that makes them."""

    files: list[Extra]
    job: Job | None

    @property
    def moving(self) -> bool:
        """Whether they are still being made."""
        return self.job is not None and self.job.open


def extras_of(asset: Asset, kind: Job.JobKind) -> Extras:
    """The files of a kind, from small to large, with the newest job: two queries."""
    return Extras(list(asset.extras.filter(kind=kind).order_by("size")), _newest(asset, kind))


def is_readable(asset: Asset) -> bool:
    """Whether the document can be read in the page: a PDF, or an Office document whose pages are made (one query)."""
    if asset.content_type == PDF:
        return True
    return is_office(asset.content_type) and asset.extras.filter(kind=Job.JobKind.PAGES).exists()


def _newest(asset: Asset, kind: Job.JobKind) -> Job | None:
    return asset.jobs.filter(kind=kind).order_by("-created", "-pk").first()


def storage_used(user: Any) -> int:
    """Bytes that count against a person's quota: their files and the announced size of uploads on their way in."""
    files = Asset.objects.filter(owner=user).aggregate(sum=Sum("size"))["sum"] or 0
    coming = Upload.objects.filter(owner=user, completed=False).aggregate(sum=Sum("length"))["sum"] or 0
    return int(files + coming)


def own_assets(user: Any, words: str = "") -> QuerySet[Asset]:
    """The person's own files, newest first, with what a list shows; narrowed to those whose name or spoken words hold ``words``.

    Case does not matter; diacritics do not in what is said.
    """
    found = Asset.objects.filter(owner=user).select_related("current").order_by("-created")
    for word in words.split():
        said = CaptionTrack.objects.filter(asset=OuterRef("pk"), search_text__contains=fold(word))
        found = found.filter(Q(title__icontains=word) | Exists(said))
    return found


def renditions_of(asset: Asset) -> list[Rendition]:
    """The published picture rungs, from small to large."""
    if asset.current_id is None:
        return []
    return list(Rendition.objects.filter(set_id=asset.current_id, is_video=True).order_by("height", "width"))


def chapters_of(asset: Asset) -> list[Chapter]:
    """The chapters as they were written; none while the text was made for another length of the recording."""
    try:
        return read_chapters(asset.chapters, asset.duration)
    except ChapterError:
        return []


def captions_of(asset: Asset) -> list[CaptionTrack]:
    """All tracks of a recording, Vietnamese first."""
    order = CaptionTrack.Language.values
    return sorted(asset.captions.all(), key=lambda track: order.index(track.language))


def captions_shown(asset: Asset) -> list[CaptionTrack]:
    """The tracks that viewers may choose, in one query."""
    return [track for track in captions_of(asset) if track.published]


@dataclass(frozen=True)
class Speech:
    """Captions made from the speech of a recording, as its owner is shown them."""

    job: Job | None
    drafts: list[CaptionTrack]
    offered: bool

    @property
    def moving(self) -> bool:
        """Whether they are still being made."""
        return self.job is not None and self.job.open


def speech_of(asset: Asset) -> Speech:
    """The newest job that writes down what is said, what nobody has checked yet, and whether more can be asked for: two queries."""
    offered = asset.state == AssetState.READY and asset.current is not None and asset.current.has_audio
    drafts = [track for track in captions_of(asset) if track.unchecked]
    return Speech(_newest(asset, Job.JobKind.SPEECH), drafts, offered and not speech_fault())


def transcript(track: CaptionTrack, words: str = "") -> list[Cue]:
    """The track's cues; with ``words`` only those that hold them all, whatever the case and the diacritics."""
    wanted = fold(words).split()
    return [cue for cue in read_vtt(track.vtt) if all(word in fold(cue.plain) for word in wanted)]


def queue(user: Any, *, state: str = "") -> QuerySet[Job]:
    """Jobs that the person may manage, the newest first, with file, owner and school."""
    rows = visible(user, Job, "manage").select_related("asset__owner", "asset__school")
    if state in JobState.values:
        rows = rows.filter(state=state)
    return rows.order_by("-created", "-pk")


def queue_counts(user: Any) -> dict[str, int]:
    """How many of the person's manageable jobs are in each state: one query."""
    counts = dict.fromkeys(JobState.values, 0)
    rows = visible(user, Job, "manage").order_by().values("state").annotate(number=Count("pk"))
    for row in rows:
        counts[row["state"]] = row["number"]
    return counts
