"""What an author's tool left out, filled in from the semantics.

The H5P editor always writes every default into a content; other tools that make packages do not, and then the library finds
`undefined` where it expects its settings or its words. Only what has a default and is not optional, or is one of the
library's common words, is filled in. Words come in the content's language where the library's translators gave them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lms.h5p.names import LibraryName
from lms.h5p.problems import PackageRefused
from lms.h5p.semantics import Semantics

_MISSING = object()


def localised(semantics: Any, translation: Any) -> Any:
    """Semantics with the defaults of a language file. The two match by position, as H5P lays down."""
    if isinstance(semantics, list) and isinstance(translation, list):
        pairs = zip(semantics, [*translation, *[None] * len(semantics)], strict=False)
        return [localised(own, other) for own, other in pairs]
    if not isinstance(semantics, dict) or not isinstance(translation, dict):
        return semantics
    changed = dict(semantics)
    if isinstance(semantics.get("default"), str) and isinstance(translation.get("default"), str):
        changed["default"] = translation["default"] or semantics["default"]
    for key in ("fields", "field"):
        if key in semantics and key in translation:
            changed[key] = localised(semantics[key], translation[key])
    return changed


def complete(
    params: dict[str, Any], main: LibraryName, semantics_of: Callable[[LibraryName], Semantics | None]
) -> None:
    """Fill in what is missing, in place. `params` were repaired before, so their shape and depth can be trusted."""
    _fields(params, semantics_of(main) or [], semantics_of)


def _fields(value: dict[str, Any], fields: Any, semantics_of: Callable[[LibraryName], Semantics | None]) -> None:
    for spec in fields if isinstance(fields, list) else []:
        name = spec.get("name") if isinstance(spec, dict) else None
        if not isinstance(name, str):
            continue
        if name in value:
            _inside(value[name], spec, semantics_of)
        else:
            found = _default(spec)
            if found is not _MISSING:
                value[name] = found


def _inside(value: Any, spec: dict[str, Any], semantics_of: Callable[[LibraryName], Semantics | None]) -> None:
    kind = spec.get("type")
    if kind == "list" and isinstance(value, list) and isinstance(spec.get("field"), dict):
        for item in value:
            _inside(item, spec["field"], semantics_of)
    elif kind == "group":
        fields = spec.get("fields") or []
        if _flattened(spec):
            _inside(value, fields[0], semantics_of)
        elif isinstance(value, dict):
            _fields(value, fields, semantics_of)
    elif kind == "library" and isinstance(value, dict) and isinstance(value.get("params"), dict):
        try:
            semantics = semantics_of(LibraryName.parse(str(value.get("library"))))
        except (LookupError, PackageRefused):
            return
        _fields(value["params"], semantics or [], semantics_of)


def _flattened(spec: dict[str, Any]) -> bool:
    fields = spec.get("fields")
    return (
        isinstance(fields, list) and len(fields) == 1 and isinstance(fields[0], dict) and not spec.get("isSubContent")
    )


def _default(spec: dict[str, Any]) -> Any:
    kind = spec.get("type")
    if spec.get("optional") and not spec.get("common"):
        return _MISSING
    if kind == "group":
        if _flattened(spec):
            return _default(spec["fields"][0])
        made: dict[str, Any] = {}
        for one in spec.get("fields") or []:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                found = _default(one)
                if found is not _MISSING:
                    made[one["name"]] = found
        return made or _MISSING
    if kind in ("text", "number", "boolean", "select") and isinstance(spec.get("default"), str | int | float):
        return spec["default"]
    return _MISSING
