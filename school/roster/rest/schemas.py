"""The answers' shapes for the OpenAPI document, made from the same table of columns as the answers themselves."""

from types import GenericAlias
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field as Described
from pydantic import create_model

from school.roster.oneroster.columns import EXTENSIBLE
from school.roster.rest.faults import (
    BAD_DATA,
    BAD_FILTER,
    BAD_SELECTION,
    BROKEN,
    BUSY,
    FORBIDDEN,
    UNAUTHORISED,
    UNKNOWN,
)
from school.roster.rest.shapes import FIELDS, ONE, REFERENCE, Field

_DAY = r"^\d{4}-\d{2}-\d{2}$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_NAMES = {
    "academicSessions": "AcademicSession",
    "orgs": "Org",
    "courses": "Course",
    "classes": "Class",
    "users": "User",
    "enrollments": "Enrollment",
    "demographics": "Demographics",
    "roles": "Role",
}


def _shape(title: str, /, **fields: Any) -> Any:
    made: Any = create_model(title, __base__=Schema, **fields)
    return made


def _many(shape: Any) -> Any:
    return GenericAlias(list, (shape,))


def _one_of(*words: str) -> Any:
    extra: Any = {"enum": sorted(words)}
    return Annotated[str, Described(json_schema_extra=extra)]


REFERENCES = {
    file: _shape(f"{_NAMES[file]}GUIDRef", href=(str, ...), sourcedId=(str, ...), type=(_one_of(word), ...))
    for file, word in REFERENCE.items()
}


def _type(file: str, field: Field) -> Any:
    if field.kind == "ref":
        return REFERENCES[field.refers]
    if field.kind == "refs":
        return _many(REFERENCES[field.refers])
    if field.kind == "list":
        return list[str]
    if field.words:
        if (file, field.cell) not in EXTENSIBLE:
            return _one_of(*field.words)
        pattern = "|".join(sorted(field.words))
        return Annotated[str, Described(pattern=rf"^(?:{pattern}|ext:[\w.]+)$")]
    pattern = {"date": _DAY, "datetime": _MOMENT}.get(field.kind, "")
    return Annotated[str, Described(pattern=pattern)] if pattern else str


def _fields(file: str) -> dict[str, Any]:
    return {
        name: (_type(file, field), ...) if field.required else (_type(file, field) | None, None)
        for name, field in FIELDS[file].items()
    }


_TOLD_OF_ROLES = ("roleType", "role", "org", "beginDate", "endDate")
ROLE = _shape("Role", **{name: value for name, value in _fields("roles").items() if name in _TOLD_OF_ROLES})


def _thing(file: str) -> Any:
    more: dict[str, Any] = {}
    if file == "users":
        more["roles"] = (_many(ROLE), ...)
    if file in ("orgs", "academicSessions"):
        more["children"] = (_many(REFERENCES[file]) | None, None)
    return _shape(_NAMES[file], **{**_fields(file), **more})


THINGS = {file: _thing(file) for file in ONE}
SINGLE = {file: _shape(f"Single{_NAMES[file]}", **{one: (THINGS[file], ...)}) for file, one in ONE.items()}
MANY = {file: _shape(f"{_NAMES[file]}Set", **{file: (_many(THINGS[file]), ...)}) for file in ONE}


class CodeMinorField(Schema):
    imsx_codeMinorFieldName: str
    imsx_codeMinorFieldValue: str = Described(
        json_schema_extra={
            "enum": [UNAUTHORISED, FORBIDDEN, UNKNOWN, BUSY, BROKEN, BAD_FILTER, BAD_SELECTION, BAD_DATA]
        }
    )


class CodeMinor(Schema):
    imsx_codeMinorField: list[CodeMinorField]


class StatusInfo(Schema):
    """Why a request was refused."""

    imsx_codeMajor: Literal["failure"]
    imsx_severity: Literal["error"]
    imsx_description: str
    imsx_CodeMinor: CodeMinor


class ListQuery(Schema):
    """What may be asked of every list."""

    limit: str = Described("", description="How many at most: 1 to 10000, 100 when it is not said.")
    offset: str = Described("", description="How many to pass over.")
    sort: str = Described("", description="A field to sort by; by sourcedId when it is not said.")
    orderBy: str = Described("", description="asc or desc.")
    filter: str = Described(
        "",
        description="Conditions as field='value' with = != > >= < <= ~ (holds), joined by AND or OR; AND binds closer. "
        "Dotted names reach into references and roles: school.sourcedId='…', roles.role='teacher'. "
        "dateLastModified>'2026-09-05T00:00:00Z' gives what has changed since, also what is gone (tobedeleted).",
    )
    fields: str = Described("", description="Names of the fields that are wanted, by commas.")


class OneQuery(Schema):
    """What may be asked of a single thing."""

    fields: str = Described("", description="Names of the fields that are wanted, by commas.")
