"""What is said in a recording becomes captions that nobody has checked yet: a job of its own, asked for by the owner."""

from functools import partial
from pathlib import Path

from media import jobs
from media.captions import Cue
from media.conf import ffmpeg_binary, media_settings
from media.cues import cut
from media.errors import MediaError
from media.jobs import Lease
from media.models import Asset, Job
from media.speech import cut_sound, listen, speech_fault
from media.store import local_file


def transcribe(lease: Lease, asset: Asset, work: Path) -> tuple[str, list[Cue]]:
    """The language that the job names, and what is said as captions.

    The best published sound is read, not the original: a film is fetched from the store for its smallest part. Raises MediaError,
    among others no_speech.
    """
    model, fault = media_settings().speech_model, speech_fault()
    if model is None or fault:
        raise MediaError("speech_model", fault)
    sounds = asset.current.renditions.filter(is_video=False) if asset.current else None
    best = sounds.order_by("-peak_rate").first() if sounds else None
    if asset.current is None or best is None:
        raise MediaError("no_sound")
    language = Job.objects.values_list("language", flat=True).get(pk=lease.job_id)
    sound, seconds = work / "speech.s16", asset.duration or 0.0
    with local_file(f"{asset.current.prefix}{best.name}.mp4", work / "sound.mp4") as source:
        beat = partial(jobs.beat, lease, 0.0)
        cut_sound(ffmpeg_binary(), source.absolute(), sound, seconds=seconds, beat=beat)
    words = listen(model, sound, language, threads=media_settings().threads, beat=partial(jobs.beat, lease))
    cues = [cue for cue in cut(words) if cue.start < seconds]
    if not cues:
        raise MediaError("no_speech")
    return language, cues
