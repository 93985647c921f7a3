"""CSS of an e-book: what could leave the book or run is taken out, the rest stays as the publisher wrote it."""

import re

_COMMENT = re.compile(r"/\*.*?(\*/|\Z)", re.S)
# Escapes hide words from the patterns below ("\75rl(" is "url("), so those that stand for plain ASCII are resolved first.
_HEX_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\r\n\f]?")
_CHAR_ESCAPE = re.compile(r"\\([g-zG-Z:/@().-])")
_AT_IMPORT = re.compile(r"@import\b[^;]*(;|\Z)", re.I)
_NAMESPACE_SAFE = re.compile(r"@charset\b[^;]*(;|\Z)", re.I)
_URL = re.compile(r"url\(\s*(?P<quote>['\"]?)(?P<target>.*?)(?P=quote)\s*\)", re.I | re.S)
_ACTIVE = re.compile(r"(expression\s*\(|-moz-binding\s*:|behavior\s*:|javascript\s*:|vbscript\s*:)", re.I)
_IMAGE_SET = re.compile(r"(-webkit-)?image-set\s*\([^)]*\)", re.I)
_SAFE_DATA = re.compile(
    r"data:(image/(png|jpeg|gif|webp)|font/(woff2?|ttf|otf)|application/(x-)?font-[a-z0-9-]+);base64,", re.I
)


def _resolve_hex(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # A quote, backslash or control character made plain would change where a string ends: such escapes stay.
    return chr(code) if 0x20 < code < 0x7F and chr(code) not in "\"'\\{};" else match[0]


def _clean_url(match: re.Match[str]) -> str:
    target = match["target"].strip()
    return match[0] if is_inside_book(target) or _SAFE_DATA.match(target) else "url()"


def is_inside_book(target: str) -> bool:
    """True for a relative reference: no scheme, no host, nothing that a browser would read as one."""
    bare = "".join(ch for ch in target if ch > " ")
    return not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", bare) and not bare.startswith(("//", "\\", "/\\"))


def clean_css(text: str) -> str:
    """The style sheet without imports from elsewhere, remote addresses and the old script hooks of browsers.

    `@import` goes altogether: an EPUB reader resolves linked sheets, and an imported one would escape this pass's order.
    """
    text = _COMMENT.sub("", text)
    text = _HEX_ESCAPE.sub(_resolve_hex, text)
    text = _CHAR_ESCAPE.sub(r"\1", text)
    text = _AT_IMPORT.sub("", text)
    text = _NAMESPACE_SAFE.sub("", text)
    text = _IMAGE_SET.sub("none", text)
    text = _URL.sub(_clean_url, text)
    # An unclosed url( is closed by the browser at the end of the sheet.
    text = re.sub(r"url\(\s*['\"]?\s*([a-z][a-z0-9+.-]*:|//)(?!image/|font/)[^)]*\Z", "url()", text, flags=re.I)
    return _ACTIVE.sub("removed:", text)
