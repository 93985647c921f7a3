"""A picture's smaller sizes, for phones and slow lines; until they are there, and for small ones, the picture itself is shown."""

from pathlib import Path

from media.jobs import Lease
from media.models import Asset, Extra, Job
from media.pictures import SIDES, draw
from media.store import local_original


def make_sizes(lease: Lease, asset: Asset, work: Path) -> list[Extra]:
    """Write the sizes below the picture's own into `work`; none of an animation. Raises MediaError."""
    wanted = {f"anh-{side}.webp": side for side in SIDES if side < max(asset.width, asset.height)}
    with local_original(asset, work) as source:
        made = draw(source, work, wanted)
    return [
        Extra(
            asset=asset,
            kind=Job.JobKind.PICTURE,
            attempt=lease.token,
            name=one.name,
            content_type="image/webp",
            size=(work / one.name).stat().st_size,
            width=one.width,
            height=one.height,
        )
        for one in made
    ]
