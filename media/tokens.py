"""Short-lived addresses of bytes: a signed token names one asset's folder and one person, and runs out."""

import uuid
from dataclasses import dataclass

from django.core import signing
from django.utils import timezone

SALT = "media.bytes"
ORIGINAL = "original"


@dataclass(frozen=True)
class Ticket:
    """What a token allows: files of one folder, to one person. `folder` is a rendition set's id or "original"."""

    asset_id: uuid.UUID
    folder: str
    user_id: int


def make_token(ticket: Ticket, *, seconds: int) -> str:
    """A token that holds for at least `seconds`; equal within a while, so that a browser's cache can work."""
    step = max(seconds // 4, 60)
    until = (int(timezone.now().timestamp()) + seconds) // step * step + step
    return signing.dumps([ticket.asset_id.hex, ticket.folder, ticket.user_id, until], salt=SALT)


def read_token(token: str) -> tuple[Ticket, bool] | None:
    """(ticket, whether it still holds); None for a token that was not made here."""
    try:
        asset, folder, user, until = signing.loads(token, salt=SALT)
        return Ticket(uuid.UUID(asset), str(folder), int(user)), until > timezone.now().timestamp()
    except (signing.BadSignature, ValueError, TypeError):
        return None
