"""An Office document's pages as PDF, for those who have no office program; the document itself stays to be downloaded."""

import shutil
from functools import partial
from pathlib import Path, PurePosixPath

from media import jobs
from media.conf import media_settings
from media.errors import MediaError
from media.jobs import Lease
from media.models import Asset, Extra, Job
from media.office import office_binary, to_pdf
from media.store import local_original

NAME = "trang.pdf"


def make_pages(lease: Lease, asset: Asset, work: Path) -> list[Extra]:
    """Write the pages into `work`. Raises MediaError: no_office, pages_failed, pages_too_slow."""
    settings = media_settings()
    binary = office_binary(settings.office)
    if binary is None:
        raise MediaError("no_office", "neither OFFICE_BINARY nor soffice in PATH")
    source = work / f"tai-lieu{PurePosixPath(asset.original.name or '').suffix}"
    with local_original(asset, work) as original:
        shutil.copyfile(original, source)  # LibreOffice leaves a lock beside what it opens
    beat = partial(jobs.beat, lease, 0.5)
    made = to_pdf(binary, source, work, beat=beat, seconds=settings.office_seconds).rename(work / NAME)
    return [
        Extra(
            asset=asset,
            kind=Job.JobKind.PAGES,
            attempt=lease.token,
            name=NAME,
            content_type="application/pdf",
            size=made.stat().st_size,
        )
    ]
