"""What can go wrong with a file, as codes, and each code's sentence for the person who uploaded it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    # final: another attempt with the same file cannot help
    "unreadable": _("This file cannot be read as video or sound. It may be damaged: export it and upload it again."),
    "no_media_stream": _("There is neither picture nor sound in this file."),
    "undecodable_video": _("The picture in this file cannot be decoded. Export it as MP4 (H.264) and upload it again."),
    "no_duration": _("The length of this recording cannot be found. Export it and upload it again."),
    "too_long": _("This recording is longer than allowed. Cut it into parts."),
    "too_large_picture": _("The picture is larger than allowed. Export it at 4K or below."),
    "bad_input": _("The file stops in the middle or is damaged. Upload it again from the original."),
    "kind_not_allowed": _("Files of this type are not accepted here."),
    "macros": _("This document contains macros. Save it without macros (.docx, .xlsx, .pptx or PDF), then upload it."),
    "document_locked": _("This document is protected by a password. Take the password off, then upload it."),
    "no_office": _("This server cannot show Office documents as pages; the file can only be downloaded."),
    "pages_failed": _(
        "The pages of this document cannot be made; it may be damaged or protected. Open and save it again, or upload it as PDF."
    ),
    "pages_too_slow": _("Making the pages of this document took too long. Upload it as PDF, or in parts."),
    "picture_broken": _("This picture is damaged and cannot be shown. Take it or export it again, then upload it."),
    "content_mismatch": _("What is in this file is not what its name says, so it was not accepted."),
    "too_big": _("The file is larger than allowed."),
    "archive_bomb": _("Unpacked, this file would be unreasonably large, so it was not accepted."),
    "quota": _("Your storage is full. Delete files that are no longer needed, or ask the school's administrator."),
    "empty": _("The file is empty."),
    "missing": _("The uploaded file is no longer in the store."),
    "in_use": _("This file is used in a lesson or a book. Take it out there first, then delete it."),
    "captions_type": _("Captions come as .vtt, .srt or .ass. This file is none of them."),
    "captions_encoding": _("The letters of this file cannot be read. Save it as UTF-8 and upload it again."),
    "captions_broken": _(
        "This file of captions is damaged. Export it from the program you made it with, and try again."
    ),
    "captions_empty": _("There are no captions with times in this file."),
    "captions_outside": _(
        "Most captions of this file begin after the end of the recording: it belongs to another one."
    ),
    "captions_exist": _("There are captions in this language already. Delete them first if you want others."),
    "captions_changed": _(
        "These captions were changed elsewhere in the meantime, so nothing is saved yet. "
        "Your lines stand below: compare them, then save."
    ),
    "no_sound": _("There is no sound in this recording."),
    "no_speech": _("No speech was found in this recording."),
    "speech_model": _("This server cannot write down speech at the moment. Ask its administrator."),
    "speech_language": _("This server cannot write down speech in this language. Choose another one."),
    # retryable: the machine's trouble, not the file's
    "killed": _("Processing was interrupted."),
    "stalled": _("Processing stopped making progress."),
    "too_slow": _("Processing took longer than allowed."),
    "out_of_disk": _("The server has no room left for processing. The administrator has been shown this."),
    "storage": _("The file store did not answer."),
    "unfinished": _("The file was still being written when it was looked at."),
    "ffmpeg_failed": _("The video program failed on this file."),
    "incomplete_output": _("The result of processing was not complete."),
    "worker_lost": _("The machine that was processing this file went away several times."),
    "internal": _("Processing failed unexpectedly. The administrator has been shown this."),
    "cancelled": _("Processing was cancelled."),
}
RETRYABLE = frozenset(
    {
        "killed",
        "stalled",
        "out_of_disk",
        "storage",
        "unfinished",
        "ffmpeg_failed",
        "incomplete_output",
        "worker_lost",
        "internal",
    }
)


class MediaError(Exception):
    """A file or its processing failed: `code` names the sentence, `detail` is for the administrator's log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail

    @property
    def retryable(self) -> bool:
        """Whether another attempt at the same file can succeed."""
        return self.code in RETRYABLE

    @property
    def sentence(self) -> str:
        """The sentence for the person, in the active language."""
        return sentence(self.code)


class Cancelled(Exception):
    """The lease is gone (cancelled by a person, or taken over): leave everything as it is and stop."""


def sentence(code: str) -> str:
    """The sentence of an error code; an unknown code gets the general one."""
    return str(SENTENCES.get(code, SENTENCES["internal"]))
