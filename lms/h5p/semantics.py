"""Parameters of a content, repaired by the semantics of its libraries.

What the form of a library does not know is dropped, HTML is cleaned, numbers and choices are brought into their bounds.
Old content is repaired, never refused. The quirks are the PHP core's, because real content was written for it: a group
with one field is stored without the group's level, mandatory selects fall back to their first option.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import re2

from lms.h5p import html
from lms.h5p.names import LibraryName
from lms.h5p.problems import PackageRefused

MAX_DEPTH = 100
MAX_NODES = 200_000

Semantics = list[Any]
_SUB_CONTENT_ID = re.compile(r"\{?[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}\}?", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_PLAIN_FILE_KEYS = ("mime", "quality", "codecs", "aspectRatio", "alt")
_INTEGER_FILE_KEYS = ("width", "height", "bitrate")
_COPYRIGHT_KEYS = ("title", "author", "year", "years", "source", "license", "version")
_METADATA_KEYS = [
    "title",
    "a11yTitle",
    "contentType",
    "license",
    "licenseVersion",
    "licenseExtras",
    "source",
    "yearFrom",
    "yearTo",
    "authorComments",
    "defaultLanguage",
]
_DROPPED = object()
_QUIET = re2.Options()
_QUIET.log_errors = False


class TooDeep(ValueError):
    """Content nested deeper, or of more parts, than any author makes."""


@dataclass
class Filter:
    """Repairs parameters. `semantics_of` gives a library's semantics (None: it has none; LookupError: not installed);
    `file_path` maps a file's path in the parameters to the path to keep, "" when the file is not there."""

    semantics_of: Callable[[LibraryName], Semantics | None]
    file_path: Callable[[str], str]
    used: dict[LibraryName, None] = field(default_factory=dict)
    missing: set[LibraryName] = field(default_factory=set)
    _nodes: int = 0

    def content(self, main: LibraryName, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a whole content. Afterwards `used` names the libraries, `missing` those that are not here."""
        kept = self._params(main, params, 0)
        self.used[main] = None
        return kept

    def again(self, main: LibraryName, params: dict[str, Any]) -> dict[str, Any]:
        """The same for parameters that came out of `content` and were added to: their files have their paths already."""
        second = Filter(self.semantics_of, lambda path: path)
        kept = second.content(main, params)
        self.used, self.missing = second.used, second.missing
        return kept

    def _params(self, library: LibraryName, value: Any, level: int) -> dict[str, Any]:
        params: dict[str, Any] = value if isinstance(value, dict) else {}
        try:
            semantics = self.semantics_of(library)
        except LookupError:
            self.missing.add(library)
            return dict(params)
        if semantics is None:
            result = self._unknown(params, level)
            return result if isinstance(result, dict) else {}
        return self._fields(params, semantics, level, sub_content=False)

    def _step(self, level: int) -> None:
        self._nodes += 1
        if level > MAX_DEPTH or self._nodes > MAX_NODES:
            raise TooDeep

    def _fields(self, value: dict[str, Any], fields: list[Any], level: int, *, sub_content: bool) -> dict[str, Any]:
        self._step(level)
        kept: dict[str, Any] = {}
        for one in fields:
            name = one.get("name") if isinstance(one, dict) else None
            if isinstance(name, str) and name in value:
                result = self.value(value[name], one, level + 1)
                if result is not _DROPPED:
                    kept[name] = result
        if sub_content and isinstance(value.get("subContentId"), str):
            kept["subContentId"] = value["subContentId"]
        return kept

    def value(self, value: Any, spec: dict[str, Any], level: int = 0) -> Any:
        """One value by its field of the semantics."""
        self._step(level)
        kind = spec.get("type")
        if kind in ("image", "file", "video", "audio"):
            return self._media(value, kind)
        method = _METHODS.get(kind) if isinstance(kind, str) else None
        return _DROPPED if method is None else method(self, value, spec, level)

    def _text(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            value = ""
        text = str(value)
        tags = spec.get("tags")
        text = html.clean(text, tags, spec.get("font")) if isinstance(tags, list) else html.escape(text)
        limit = spec.get("maxLength")
        if isinstance(limit, int) and limit >= 0:
            text = text[:limit]
        pattern = spec.get("regexp")
        if isinstance(pattern, dict) and text and not matches(str(pattern.get("pattern", "")), pattern, text):
            return ""
        return text

    def _number(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        number = _as_number(value)
        if number is None:
            number = _as_number(spec.get("default")) or 0
        low, high = _as_number(spec.get("min")), _as_number(spec.get("max"))
        step, decimals = _as_number(spec.get("step")), spec.get("decimals")
        if step:
            base = low or 0
            number = base + math.floor((number - base) / step + 1e-9) * step
        if isinstance(decimals, int) and not isinstance(decimals, bool) and 0 <= decimals <= 15:
            number = round(number, decimals)
        if low is not None and number < low:
            number = low
        if high is not None and number > high:
            number = high
        return int(number) if isinstance(number, float) and number.is_integer() else number

    def _boolean(self, value: Any, spec: dict[str, Any], level: int) -> bool:
        return value is True or value in (1, "1", "true")

    def _select(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        options = [option.get("value") for option in _options(spec.get("options")) if isinstance(option, dict)]
        known = {str(option) for option in options}
        if spec.get("multiple"):
            chosen = value if isinstance(value, list) else [value]
            return [html.escape(str(one)) for one in chosen if str(one) in known or not options]
        if isinstance(value, list):
            value = value[0] if value else ""
        if options and str(value) not in known:
            return _DROPPED if spec.get("optional") else options[0]
        return html.escape(value) if isinstance(value, str) else value

    def _list(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        item = spec.get("field")
        if not isinstance(value, list) or not isinstance(item, dict):
            return _DROPPED
        limit = spec.get("max")
        if isinstance(limit, int) and limit >= 0:
            value = value[:limit]
        kept = [result for one in value if (result := self.value(one, item, level + 1)) is not _DROPPED]
        return kept or _DROPPED

    def _group(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        fields = spec.get("fields")
        fields = fields if isinstance(fields, list) else []
        sub_content = bool(spec.get("isSubContent"))
        if len(fields) == 1 and not sub_content and isinstance(fields[0], dict):
            return self.value(value, fields[0], level + 1)
        return self._fields(value, fields, level + 1, sub_content=sub_content) if isinstance(value, dict) else _DROPPED

    def _media(self, value: Any, kind: str) -> Any:
        if kind in ("video", "audio"):
            if not isinstance(value, list):
                return _DROPPED
            kept = [one for one in (self._file(item) for item in value) if one is not None]
            return kept or _DROPPED
        one = self._file(value)
        return _DROPPED if one is None else one

    def _file(self, value: Any) -> dict[str, Any] | None:
        if not isinstance(value, dict) or not isinstance(value.get("path"), str):
            return None
        kept: dict[str, Any] = {"path": self._path(value["path"])}
        for key in _PLAIN_FILE_KEYS:
            if isinstance(value.get(key), str):
                kept[key] = html.escape(value[key])
        for key in _INTEGER_FILE_KEYS:
            number = _as_number(value.get(key))
            if number is not None:
                kept[key] = int(number)
        quality = value.get("quality")
        if isinstance(quality, dict):
            kept["quality"] = {
                "level": int(_as_number(quality.get("level")) or 0),
                "label": html.escape(str(quality.get("label", ""))),
            }
        original = value.get("originalImage")
        if isinstance(original, dict):
            inner = self._file({key: part for key, part in original.items() if key != "originalImage"})
            if inner is not None:
                kept["originalImage"] = inner
        if isinstance(value.get("copyright"), dict):
            kept["copyright"] = _plain(value["copyright"], _COPYRIGHT_KEYS)
        if isinstance(value.get("metadata"), dict):
            kept["metadata"] = metadata(value["metadata"])
        return kept

    def _path(self, path: str) -> str:
        path = path.removesuffix("#tmp")
        return path if _WEB.match(path) else self.file_path(path)

    def _library(self, value: Any, spec: dict[str, Any], level: int) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("library"), str):
            return _DROPPED
        allowed = {one.get("name") if isinstance(one, dict) else one for one in spec.get("options") or []}
        try:
            name = LibraryName.parse(value["library"])
        except PackageRefused:
            return _DROPPED
        if allowed and value["library"] not in allowed:
            return _DROPPED
        kept: dict[str, Any] = {"library": str(name), "params": self._params(name, value.get("params"), level + 1)}
        self.used[name] = None
        sub_id = value.get("subContentId")
        if isinstance(sub_id, str) and _SUB_CONTENT_ID.fullmatch(sub_id):
            kept["subContentId"] = sub_id
        if isinstance(value.get("metadata"), dict):
            kept["metadata"] = metadata(value["metadata"])
        for extra in spec.get("extraAttributes") or []:
            if isinstance(extra, str) and isinstance(value.get(extra), str | bool | int | float):
                kept[extra] = html.escape(value[extra]) if isinstance(value[extra], str) else value[extra]
        return kept

    def _unknown(self, value: Any, level: int) -> Any:
        """A library without semantics: keep the shape, clean every text, take along the files."""
        self._step(level)
        if isinstance(value, str):
            return html.clean(value, _GENEROUS_TAGS, True) if "<" in value else value
        if isinstance(value, list):
            return [self._unknown(item, level + 1) for item in value]
        if isinstance(value, dict):
            kept = {str(key): self._unknown(item, level + 1) for key, item in value.items()}
            if isinstance(value.get("path"), str):
                kept["path"] = self._path(value["path"])
            return kept
        return value


_METHODS: dict[str, Callable[[Filter, Any, dict[str, Any], int], Any]] = {
    "text": Filter._text,
    "number": Filter._number,
    "boolean": Filter._boolean,
    "select": Filter._select,
    "list": Filter._list,
    "group": Filter._group,
    "library": Filter._library,
}
_GENEROUS_TAGS = [
    "a",
    "b",
    "i",
    "u",
    "s",
    "sub",
    "sup",
    "ul",
    "ol",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "blockquote",
    "pre",
    "code",
    "hr",
    "img",
]


def matches(pattern: str, spec: dict[str, Any], text: str) -> bool:
    """Whether text matches a library's regular expression. RE2: a pattern from a package cannot make us wait.

    A pattern that RE2 does not know (look-around) counts as a match: the text was cleaned before.
    """
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in str(spec.get("modifiers", ""))
    options.max_mem = 1 << 20
    try:
        return re2.search(pattern.replace("\\/", "/"), text, options) is not None
    except (re2.error, ValueError):
        return True


def metadata(value: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a (sub-)content or a file: known keys, plain text."""
    kept: dict[str, Any] = _plain(value, _METADATA_KEYS)
    authors = value.get("authors")
    if isinstance(authors, list):
        kept["authors"] = [_plain(one, ("name", "role")) for one in authors[:50] if isinstance(one, dict)]
    changes = value.get("changes")
    if isinstance(changes, list):
        kept["changes"] = [_plain(one, ("date", "author", "log")) for one in changes[:200] if isinstance(one, dict)]
    return kept


def _plain(value: dict[str, Any], keys: tuple[str, ...] | list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in keys:
        one = value.get(key)
        if isinstance(one, str):
            kept[key] = html.escape(one)[:5000]
        elif isinstance(one, int | float) and not isinstance(one, bool):
            kept[key] = one
    return kept


def _as_number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and len(value) < 40:
        try:
            number = float(value)
        except ValueError:
            return None
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() else number
    return None


def _options(options: Any) -> Iterator[Any]:
    for option in options if isinstance(options, list) else []:
        if isinstance(option, dict) and option.get("type") == "optgroup":
            yield from _options(option.get("options"))
        else:
            yield option


def texts(value: Any) -> Iterator[str]:
    """Every string in the parameters, for the patterns by which add-ons decide whether they are wanted."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def addon_wanted(add_to: Any, params: Any) -> bool:
    """Whether an add-on library (library.json's addTo) has a pattern that one of the texts matches."""
    types = add_to.get("content", {}).get("types", []) if isinstance(add_to, dict) else []
    patterns = [
        str(one["text"]["regex"])
        for one in types
        if isinstance(one, dict) and isinstance(one.get("text"), dict) and one["text"].get("regex")
    ]
    return any(_addon_matches(pattern, text) for pattern in patterns for text in texts(params))


def _addon_matches(pattern: str, text: str) -> bool:
    # Written as PHP patterns, with delimiters: /\\[.*\\]/
    plain = pattern[1:].rpartition("/")[0] if pattern.startswith("/") and pattern.rfind("/") > 0 else pattern
    try:
        return re2.search(plain, text, _QUIET) is not None
    except (re2.error, ValueError):
        return False
