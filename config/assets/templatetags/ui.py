"""The pieces of the look that templates share: icons, meters, initials, badges, numbers, modules."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.csp import nonce_attr
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from config.assets.icons import NAMES
from config.assets.storage import AssetStorage

register = template.Library()

SPRITE = "ui/icons.svg"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of the sprite; it is decoration, so the words next to it carry the meaning.

    A name that the sprite lacks raises LookupError while developing and testing, and draws nothing in production.
    """
    if name not in NAMES and settings.ICONS_STRICT:
        raise LookupError(f"Icon {name!r} is not in config/assets/icons.py")
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"></use></svg>', css and f" {css}", static(SPRITE), name
    )


@register.simple_tag
def meter(value: float | Decimal | None, maximum: float | Decimal = 100, label: str = "", kind: str = "") -> SafeString:
    """Draw a bar filled to ``value`` of ``maximum``; an SVG, because ``style-src 'self'`` forbids inline widths.

    ``label`` is what a screen reader says; ``kind`` is "", "ok", "warn" or "bad".
    """
    share = min(max(float(value or 0) / float(maximum or 1) * 100, 0), 100)
    percent = f"{share:.4g}"
    return format_html(
        '<svg class="meter{}" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<rect class="t" width="100%" height="100%"/><rect class="v" width="{}%" height="100%"/></svg>',
        kind and f" {kind}",
        label or f"{round(share)}%",
        percent,
    )


def initials_of(name: str) -> str:
    """Return the initials of the last two words of a Vietnamese name: the middle and the given name."""
    return "".join(word[0] for word in name.split()[-2:]).upper()


@register.simple_tag
def initials(person: Any, css: str = "") -> SafeString:
    """Draw a person's (or a name's) initials in a disc."""
    return format_html(
        '<span class="av{}" aria-hidden="true">{}</span>', css and f" {css}", initials_of(str(person or ""))
    )


@register.simple_tag
def badge(kind: str = "", text: Any = "", icon_name: str = "") -> SafeString:
    """Draw a badge; ``kind`` is "", "ok", "warn", "bad" or "info". It always carries words, never colour alone."""
    picture = icon(icon_name) if icon_name else ""
    return format_html('<span class="badge{}">{}{}</span>', kind and f" {kind}", picture, text)


@register.filter
def num(value: Any, places: int | None = None) -> str:
    """Write a number as people here do: 60.440 and 7,5 in Vietnamese, 60,440 and 7.5 in English; "" for nothing.

    Without ``places`` a fraction keeps its digits without trailing zeros.
    """
    if value is None or value == "":
        return ""
    number = Decimal(str(value))
    if places is None:
        digits = number.normalize().as_tuple().exponent
        places = max(0, -digits) if isinstance(digits, int) else 0
    return number_format(number, decimal_pos=places, use_l10n=True, force_grouping=True)


SUBJECT_TINTS = {
    **dict.fromkeys(("TOAN", "TIN_HOC"), "toan"),
    **dict.fromkeys(("NGU_VAN", "TIENG_VIET", "NGHE_THUAT", "AM_NHAC", "MI_THUAT"), "van"),
    **dict.fromkeys(("NGOAI_NGU_1", "NGOAI_NGU_2"), "anh"),
    **dict.fromkeys(("KHTN", "VAT_LI", "CONG_NGHE"), "li"),
    **dict.fromkeys(("LSDL", "LICH_SU", "DIA_LI", "GDCD", "DAO_DUC", "GDDP", "KTPL"), "su"),
    **dict.fromkeys(("HOA_HOC", "SINH_HOC", "GDTC", "HDTN", "TNXH", "KHOA_HOC"), "hoa"),
}


@register.filter
def subject_css(subject: Any) -> str:
    """Return the class that gives a subject (or its code) its pair of text and tint; "" is the neutral pair."""
    return SUBJECT_TINTS.get(str(getattr(subject, "code", subject)), "")


UNITS = ("B", "kB", "MB", "GB", "TB")


@register.filter
def size(value: float | None) -> str:
    """Write a number of bytes with a decimal unit: 1,4 MB."""
    amount, power = float(value or 0), 0
    while amount >= 1000 and power < len(UNITS) - 1:
        amount, power = amount / 1000, power + 1
    return f"{num(round(amount, 1) if power and amount < 100 else round(amount))} {UNITS[power]}"


@register.filter
def clock(seconds: float | None) -> str:
    """Write a length in seconds as 4:05 or 1:04:05."""
    whole = round(seconds or 0)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


@register.filter
def long_day(value: dt.date | dt.datetime | None) -> str:
    """Write a day with its weekday: "Thứ Hai, 23/11/2026", "Monday, 23/11/2026"."""
    if value is None:
        return ""
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    weekday = WEEKDAYS[day.weekday()] if (get_language() or "vi").startswith("vi") else day.strftime("%A")
    return f"{weekday}, {date_format(day, 'SHORT_DATE_FORMAT')}"


@register.filter
def when(value: dt.datetime | None) -> str:
    """Write a moment as one reads it: the hour today, "yesterday" with the hour, else the date with the hour."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    hour = date_format(local, "TIME_FORMAT")
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return hour
    if days == 1:
        return gettext("%(hour)s yesterday") % {"hour": hour}
    return f"{hour} {date_format(local, 'SHORT_DATE_FORMAT')}"


@register.simple_tag
def integrity(name: str) -> str:
    """Return the integrity value of a static file, or "" when files are served unhashed (development)."""
    return _integrity(name) if _hashed() else ""


@register.simple_tag
def script(name: str, module: bool = False) -> SafeString:
    """Write the script element of a static file: deferred, or a module; with its integrity when files are hashed."""
    value = integrity(name)
    return format_html(
        '<script src="{}" {}{}></script>',
        static(name),
        SafeString('type="module"' if module else "defer"),
        format_html(' integrity="{}"', value) if value else "",
    )


@register.simple_tag(takes_context=True)
def importmap(context: Context) -> SafeString:
    """Write the import map of ``settings.ESM_MODULES`` and ``ESM_FILES``; it precedes every module of the page."""
    # LazyNonce is false until it is first rendered: `nonce or ""` would write an empty one.
    return format_html('<script type="importmap" {}>{}</script>', nonce_attr(context), _importmap(_hashed()))


def _hashed() -> bool:
    return hasattr(staticfiles_storage, "hashed_files")


@lru_cache(maxsize=256)
def _integrity(name: str) -> str:
    stored = cast(AssetStorage, staticfiles_storage).stored_name(name)
    with staticfiles_storage.open(stored) as file:
        return "sha384-" + base64.b64encode(hashlib.sha384(file.read()).digest()).decode()


@lru_cache(maxsize=2)
def _importmap(hashed: bool) -> SafeString:
    imports: dict[str, str] = {}
    sums: dict[str, str] = {}
    named = dict(settings.ESM_MODULES)
    if hashed:
        # A package's own `import "./x.js"` resolves to the unhashed address: the map leads it to the hashed file.
        named |= {f"{settings.STATIC_URL}{name}": name for name in settings.ESM_FILES}
    for specifier, name in named.items():
        imports[specifier] = url = static(name)
        if hashed:
            sums[url] = _integrity(name)
    written = {"imports": imports, **({"integrity": sums} if sums else {})}
    return SafeString(json.dumps(written, separators=(",", ":")).replace("<", "\\u003c"))
