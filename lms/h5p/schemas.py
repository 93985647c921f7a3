"""What h5p.json and library.json must look like (H5P specification), and reading JSON that strangers wrote."""

from __future__ import annotations

import json
import math
import posixpath
import re
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from lms.h5p.names import path_safe

CORE_API = (1, 28)
MAX_DEPTH = 120

_VERSION = {"type": ["integer", "string"], "pattern": r"^\d{1,5}$", "minimum": 0, "maximum": 99999}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 99999}
_FLAG = {"type": "integer", "minimum": 0, "maximum": 1}
_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9_.\-]{1,255}$"}
_EMBED = {"type": "array", "items": {"enum": ["iframe", "div"]}}
_DEPENDENCIES = {
    "type": "array",
    "maxItems": 500,
    "items": {
        "type": "object",
        "required": ["machineName", "majorVersion", "minorVersion"],
        "properties": {"machineName": _NAME, "majorVersion": _VERSION, "minorVersion": _VERSION},
    },
}
_FILES = {
    "type": "array",
    "maxItems": 500,
    "items": {
        "type": "object",
        "required": ["path"],
        "properties": {"path": {"type": "string", "minLength": 4, "maxLength": 255}},
    },
}

H5P_JSON = Draft202012Validator(
    {
        "type": "object",
        "required": ["title", "mainLibrary", "language", "preloadedDependencies", "embedTypes"],
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 255},
            "a11yTitle": {"type": "string", "maxLength": 255},
            "language": {"type": "string", "pattern": r"^[-a-zA-Z]{1,10}$"},
            "mainLibrary": {"type": "string", "pattern": r"^[$a-zA-Z_][0-9a-zA-Z_.$]{1,254}$"},
            "embedTypes": _EMBED,
            "preloadedDependencies": _DEPENDENCIES,
            "dynamicDependencies": _DEPENDENCIES,
            "editorDependencies": _DEPENDENCIES,
            "license": {"type": "string", "maxLength": 40},
            "licenseVersion": {"type": ["string", "null"], "maxLength": 40},
            "licenseExtras": {"type": ["string", "null"], "maxLength": 5000},
            "authorComments": {"type": ["string", "null"], "maxLength": 5000},
            "changes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"date": {"pattern": r"^[0-9]{1,2}-[0-9]{2}-[0-9]{2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}$"}},
                },
            },
        },
    }
)

LIBRARY_JSON = Draft202012Validator(
    {
        "type": "object",
        "required": ["title", "machineName", "majorVersion", "minorVersion", "patchVersion", "runnable"],
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 255},
            "machineName": _NAME,
            "majorVersion": _NUMBER,
            "minorVersion": _NUMBER,
            "patchVersion": _NUMBER,
            "runnable": _FLAG,
            "fullscreen": _FLAG,
            "author": {"type": "string", "maxLength": 255},
            "embedTypes": _EMBED,
            "coreApi": {
                "type": "object",
                "required": ["majorVersion", "minorVersion"],
                "properties": {"majorVersion": _NUMBER, "minorVersion": _NUMBER},
            },
            "preloadedJs": _FILES,
            "preloadedCss": _FILES,
            "preloadedDependencies": _DEPENDENCIES,
            "dynamicDependencies": _DEPENDENCIES,
            "editorDependencies": _DEPENDENCIES,
            "addTo": {"type": "object"},
        },
    }
)

_CONTROL = re.compile("[\x00\ud800-\udfff]")
_ASSET = re.compile(r"[A-Za-z_\-\s0-9./]+\.(?:js|css)")


class Unreadable(ValueError):
    """JSON that cannot be used; str() is the reason for people."""


def json_read(raw: bytes) -> Any:
    """Parse JSON from a package. Raises Unreadable; NaN, endless nesting and stray characters do not get through."""
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Unreadable(_("it is not UTF-8 text")) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            _("line %(line)d, column %(column)d") % {"line": error.lineno, "column": error.colno}
        ) from error
    except RecursionError as error:
        raise Unreadable(_("it is nested too deeply")) from error
    except ValueError as error:  # NaN, Infinity, a number of thousands of digits
        raise Unreadable(_("it holds a number that is none")) from error
    if depth(data) > MAX_DEPTH:
        raise Unreadable(_("it is nested too deeply"))
    return scrub(data)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e999: no database keeps it
        raise ValueError(text)
    return number


def depth(data: Any) -> int:
    """How many levels of lists and objects there are, counted without recursion."""
    deepest, waiting = 0, [(data, 1)]
    while waiting:
        value, level = waiting.pop()
        deepest = max(deepest, level)
        if level > MAX_DEPTH + 1:
            return level
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting.extend((child, level + 1) for child in children if isinstance(child, dict | list))
    return deepest


def scrub(data: Any) -> Any:
    """Without NUL and half characters, which PostgreSQL cannot keep."""
    if isinstance(data, str):
        return _CONTROL.sub("", data)
    if isinstance(data, list):
        return [scrub(item) for item in data]
    if isinstance(data, dict):
        return {scrub(key): scrub(value) for key, value in data.items()}
    return data


def faults(schema: Draft202012Validator, data: Any) -> list[str]:
    """Why the data does not fit the schema: "preloadedDependencies.0: …", at most ten reasons."""
    found = sorted(schema.iter_errors(data), key=lambda error: [str(part) for part in error.absolute_path])
    reasons = []
    for error in found[:10]:
        where = ".".join(str(part) for part in error.absolute_path)
        reasons.append(f"{where}: {error.message[:160]}" if where else error.message[:160])
    return reasons


def asset_path(path: str) -> str | None:
    """A path of preloadedJs/preloadedCss as the name of a file in the library's folder; None when it is not one."""
    plain = path.replace("\\", "/").lstrip("/")
    if not _ASSET.fullmatch(plain):
        return None
    plain = posixpath.normpath(plain)
    return plain if path_safe(plain) else None


def core_supported(library: dict[str, Any]) -> bool:
    """Whether our H5P core is new enough for the library."""
    needs = library.get("coreApi")
    return not needs or (needs["majorVersion"], needs["minorVersion"]) <= CORE_API
