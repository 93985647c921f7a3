"""A person's own sign-ins."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .models import HostSession

SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "coc_coc": "Cốc Cốc",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


@dataclass(frozen=True)
class Device:
    """One sign-in: its first session, the browser's name in words, and whether it is the one asking."""

    session: HostSession
    name: str
    current: bool


def device_name(agent: str) -> str:
    """Give "Chrome, Windows" for a User-Agent header; what it does not tell is left out."""
    names = [next((label for word, label in group.items() if word in agent), "") for group in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or _("Unknown device")


def devices_of(user: Any, current: str | None) -> list[Device]:
    """The person's sign-ins, the newest first; sessions of one sign-in on several hosts are one device."""
    first: dict[str, HostSession] = {}
    for row in HostSession.objects.filter(user=user).order_by("-started"):
        first[row.sid] = row
    return [Device(row, device_name(row.device), sid == current) for sid, row in first.items()]
