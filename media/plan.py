"""Which renditions a file gets: rungs by short side, the top one copied when the source already is right."""

from dataclasses import dataclass, replace
from fractions import Fraction

from media.probe import Probe

GOP_SECONDS = 4
MAX_COPY_GAP = 6.5  # longest key-frame gap in seconds that still seeks and switches well when copied
MAX_RATE = Fraction(31)  # frames a second; anything faster is halved until below
OWN_SIZE_MARGIN = 1.15  # a source this much larger than the best rung keeps its own size on top
STEREO_KBIT = 128
LOW_STEREO_KBIT = 64
SPEECH_KBIT = 48
LOW_SOURCE_BITS = 72_000


@dataclass(frozen=True)
class Rung:
    """One video rendition: short side in pixels, cap of the rate in kbit/s, and whether the source is copied."""

    side: int
    kbit: int
    copied: bool = False

    @property
    def name(self) -> str:
        """The rendition's name, which is also its files' stem."""
        return f"v{self.side}"


LADDER = (Rung(1080, 5000), Rung(720, 2800), Rung(480, 1200), Rung(240, 400))


@dataclass(frozen=True)
class Plan:
    """What ffmpeg is to make: rungs from large to small, sound in kbit/s from good to thrifty."""

    rungs: tuple[Rung, ...] = ()
    audio: tuple[int, ...] = ()
    audio_copied: bool = False

    @property
    def encoded(self) -> tuple[Rung, ...]:
        """The rungs that are encoded, from large to small."""
        return tuple(rung for rung in self.rungs if not rung.copied)

    @property
    def follows_source(self) -> bool:
        """With a copied rung every other must cut where the source has its key frames."""
        return any(rung.copied for rung in self.rungs)


def make_plan(found: Probe, *, ladder: tuple[Rung, ...] = LADDER, max_side: int = 1080) -> Plan:
    """The full set for a file: never upscaled, sound at two rates."""
    return Plan(rungs=_rungs(found, ladder, max_side), audio=_audio(found))


def make_quick_plan(found: Probe) -> Plan:
    """The set that makes a long video watchable soon: a remux of H.264/AAC, else the smallest rung, thrifty sound."""
    audio = () if found.audio is None else (SPEECH_KBIT,)
    if found.video is None:
        return Plan(audio=audio)
    smallest = LADDER[-1]
    if _plain_h264(found) and found.audio_codec in ("", "aac") and found.channels <= 2 and not found.sound_is_short:
        top = Rung(found.short_side, max(found.video_bit_rate // 1000, smallest.kbit), copied=True)
        stereo = () if found.audio is None else (STEREO_KBIT,)
        return Plan(rungs=(top,), audio=stereo, audio_copied=bool(stereo))
    return Plan(rungs=(replace(smallest, side=min(smallest.side, _even(found.short_side))),), audio=audio)


def output_rate(found: Probe) -> Fraction:
    """Frames a second of the renditions: the source's, halved until not above 31 (50 gives 25, 60 gives 30)."""
    rate = found.rate or Fraction(30)
    while rate > MAX_RATE:
        rate /= 2
    return rate


def _rungs(found: Probe, ladder: tuple[Rung, ...], max_side: int) -> tuple[Rung, ...]:
    if found.video is None:
        return ()
    cap = min(found.short_side, max_side)
    rungs = [rung for rung in ladder if rung.side <= cap]
    if not rungs or cap > rungs[0].side * OWN_SIZE_MARGIN:
        kbit = next((rung.kbit for rung in reversed(ladder) if rung.side >= cap), ladder[0].kbit)
        rungs.insert(0, Rung(_even(cap), kbit))
    top = rungs[0]
    fits = found.short_side == top.side and 0 < found.video_bit_rate <= top.kbit * 1000
    if fits and _plain_h264(found) and 0 < found.key_frame_gap <= MAX_COPY_GAP:
        rungs[0] = replace(top, copied=True)
    return tuple(rungs)


def _audio(found: Probe) -> tuple[int, ...]:
    if found.audio is None:
        return ()
    low = 0 < found.audio_bit_rate <= LOW_SOURCE_BITS
    return (LOW_STEREO_KBIT if low else STEREO_KBIT, SPEECH_KBIT)


def _plain_h264(found: Probe) -> bool:
    """H.264 that every browser plays as it is: 8-bit 4:2:0, upright, progressive, square pixels, in an MP4."""
    return (
        found.video_codec == "h264"
        and found.pixel_format in ("yuv420p", "yuvj420p")
        and found.rate <= MAX_RATE
        and not found.rotation
        and not found.interlaced
        and found.pixel_aspect == 1.0
        and not found.picture_is_short
        and found.container.startswith("mov")
    )


def _even(side: int) -> int:
    return max(side // 2 * 2, 2)
