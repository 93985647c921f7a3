"""The settings of the media rooms, typed, with their defaults. Set them by environment in config/settings/base.py."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

MIB = 1 << 20
GIB = 1 << 30


def _default_limits() -> dict[str, int]:
    return {"video": 4 * GIB, "audio": 512 * MIB, "image": 25 * MIB, "document": 200 * MIB, "package": 300 * MIB}


@dataclass(frozen=True)
class MediaSettings:
    """Sizes in bytes, times in seconds."""

    ffmpeg: str = ""  # path of the ffmpeg binary; empty: imageio-ffmpeg's
    preset: str = "veryfast"
    crf: int = 23
    threads: int = 0  # 0: ffmpeg decides
    max_side: int = 1080
    max_seconds: float = 6 * 3600
    max_picture: int = 8192  # longer side in pixels
    max_pixels: int = (
        8192 * 4352
    )  # H.264's largest picture (level 6.2); one frame of it is 53 MB, and a decoder holds many
    quick_seconds: float = 90  # videos longer than this are made watchable first; 0: never
    lease_seconds: int = 90
    office: str = ""  # path of LibreOffice's soffice; empty: the system's; "off": documents can only be downloaded
    office_seconds: int = 180  # that one document may take
    speech_model: Path | None = (
        None  # folder of the operator's Whisper model (CTranslate2); None: no captions from speech
    )
    speech_at_once: int = 1  # jobs that listen at the same time, on all machines: each takes all cores for long
    stall_seconds: int = 120
    max_attempts: int = 3
    reap_seconds: int = 30
    hint_seconds: int = 60  # a queued job whose broker message is older than this gets a new one
    keep_seconds: int = 24 * 3600  # unreferenced renditions live this long, for viewers who are in the middle
    upload_days: int = 7
    chunk_bytes: int = 8 * MIB
    limits: dict[str, int] = field(default_factory=_default_limits)
    quota_bytes: int = 50 * GIB  # of one person
    token_extra_seconds: int = 4 * 3600
    delivery: str = "django"  # who sends the bytes: "django", "x-accel" (nginx) or "s3" (presigned)
    x_accel_prefix: str = "/_files/"
    work_folder: Path = Path("work")
    incoming_folder: Path = Path("incoming")


def media_settings() -> MediaSettings:
    """The settings in force: `settings.MEDIA_PIPELINE` (a dict of the fields above) over the defaults."""
    chosen = dict(getattr(settings, "MEDIA_PIPELINE", {}))
    root = Path(settings.MEDIA_ROOT).parent
    chosen.setdefault("work_folder", root / "work")
    chosen.setdefault("incoming_folder", root / "incoming")
    return MediaSettings(**chosen)


def ffmpeg_binary() -> str:
    """The ffmpeg program: the chosen one, else the one that came with imageio-ffmpeg.

    Not simply the system's: distributions still carry versions with known holes in the HLS reader.
    """
    chosen = media_settings().ffmpeg
    if chosen:
        return chosen
    import imageio_ffmpeg

    found: str = imageio_ffmpeg.get_ffmpeg_exe()
    return found
