"""Cleaning of the HTML that authors write: nh3 decides on tags and attributes, we on the values of styles."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

import nh3

_ALWAYS = {"div", "span", "p", "br"}
_TABLE = {"tr", "td", "th", "colgroup", "col", "thead", "tbody", "tfoot", "figure", "figcaption"}
_TWINS = (("b", "strong"), ("i", "em"), ("strike", "s"), ("del", "s"))
_NEVER = {"script", "style", "iframe", "object", "embed", "form", "input", "button", "textarea", "title", "xmp"}
_NEVER |= {"base", "meta", "link", "svg", "math", "body", "html", "head", "template", "noscript", "plaintext"}
_TAG_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")

_COLOUR = r"(#[a-f0-9]{3}([a-f0-9]{3})?|rgba?\([0-9, .]+\)|hsla?\([0-9,.% ]+\)|[a-z]{3,20})"
_LENGTH = r"[0-9.]+(em|rem|px|pt|%)?"
_STYLES: dict[str, tuple[str, re.Pattern[str]]] = {
    "font-size": ("size", re.compile(r"[0-9.]+(em|rem|px|pt|%)")),
    "font-family": ("family", re.compile(r"[-a-z0-9,' \"]+")),
    "color": ("color", re.compile(_COLOUR)),
    "background-color": ("background", re.compile(_COLOUR)),
    "letter-spacing": ("spacing", re.compile(_LENGTH)),
    "line-height": ("height", re.compile(_LENGTH)),
}
_ALIGN = re.compile(r"left|center|right|justify")

_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "title", "lang", "dir", "style"},
    "a": {"href", "target", "rel"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers", "align"},
    "th": {"colspan", "rowspan", "headers", "scope", "align"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "table": {"border", "summary", "width"},
    "ol": {"start", "type"},
}


def escape(text: str) -> str:
    """Plain text made safe for HTML; entities that are there already are not escaped again."""
    return html.escape(_AMPERSAND.sub("\0", text)).replace("\0", "&")


_AMPERSAND = re.compile(r"&(?=#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")


def allowed_tags(tags: Iterable[Any]) -> set[str]:
    """The tags a semantics field allows, with the ones H5P adds by itself; active elements never."""
    names = {str(tag).lower() for tag in tags}
    names |= _ALWAYS
    if "table" in names:
        names |= _TABLE
    for one, other in _TWINS:
        if one in names or other in names:
            names |= {one, other}
    if names & {"ul", "ol"}:
        names.add("li")
    return {name for name in names - _NEVER if _TAG_NAME.fullmatch(name)}


def clean(text: str, tags: Iterable[Any], font: Mapping[str, Any] | bool | None = None) -> str:
    """HTML with nothing but `tags`, harmless attributes and the styles that the `font` flags allow."""
    allowed = allowed_tags(tags)

    def attribute(tag: str, name: str, value: str) -> str | None:
        return clean_style(value, font) or None if name == "style" else value

    return nh3.clean(
        text,
        tags=allowed,
        clean_content_tags={"script", "style"},
        attributes={tag: names for tag, names in _ATTRIBUTES.items() if tag == "*" or tag in allowed},
        attribute_filter=attribute,
        generic_attribute_prefixes={"aria-", "data-"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )


def clean_style(style: str, font: Mapping[str, Any] | bool | None) -> str:
    """The declarations of a style attribute that are allowed and well formed, joined by ";"."""
    flags: set[str]
    if font is True:
        flags = {flag for flag, _pattern in _STYLES.values()}
    else:
        flags = {name for name, value in font.items() if value} if isinstance(font, Mapping) else set()
    kept = []
    for declaration in style.split(";"):
        name, colon, value = (part.strip() for part in declaration.partition(":"))
        name = name.lower()
        if colon and _style_allowed(name, value.lower(), flags):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def _style_allowed(name: str, value: str, flags: set[str]) -> bool:
    if name == "text-align":
        return _ALIGN.fullmatch(value) is not None
    flag, pattern = _STYLES.get(name, ("", _ALIGN))
    return flag in flags and pattern.fullmatch(value) is not None
