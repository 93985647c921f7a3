"""From the columns of the CSV to the JSON of the REST binding: names, references and lists follow from the one table of columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from school.oidc.keys import issuer
from school.roster.oneroster.columns import V12, Column, columns_of

ROOT = "/ims/oneroster/rostering/v1p2/"
# Of each file: the word of a reference to it, and the names of one and of many in an answer.
REFERENCE = {
    "academicSessions": "academicSession",
    "orgs": "org",
    "courses": "course",
    "classes": "class",
    "users": "user",
}
ONE = {**REFERENCE, "enrollments": "enrollment", "demographics": "demographics"}
# Where REST has another name than the CSV.
_RENAMED = {
    "agentSourcedIds": "agents",
    "termSourcedIds": "terms",
    "preferredGivenName": "preferredFirstName",
    "preferredFamilyName": "preferredLastName",
}
# Cells that hold several values; a subject's own name may have a comma in it, and is one.
_MANY = {"grades", "subjectCodes", "periods"}
_LISTS = {*_MANY, "subjects"}
# Of 1.1, or never told: first passwords go out on paper alone, resources and ids of other systems are not kept.
_LEFT_OUT = {"password", "resourceSourcedIds", "userIds", "userProfileSourcedId"}


@dataclass(frozen=True)
class Field:
    """A field of the JSON: the cell it is made of, and what that is (text, list, ref, refs, date, datetime)."""

    name: str
    cell: str
    kind: str
    refers: str = ""
    required: bool = False
    words: frozenset[str] = frozenset()


def _field(column: Column) -> Field | None:
    if column.name in _LEFT_OUT:
        return None
    if column.name in ("sourcedId", "status", "dateLastModified"):
        kind = {"status": "status", "dateLastModified": "datetime"}.get(column.name, "text")
        return Field(column.name, column.name, kind, required=True)
    name = _RENAMED.get(column.name, column.name.removesuffix("SourcedId"))
    if column.refers:
        kind = "refs" if column.kind == "ids" else "ref"
    elif column.name in _LISTS:
        kind = "list"
    else:
        kind = "date" if column.kind == "date" else "text"
    words = frozenset({"true", "false"}) if column.kind == "bool" else column.words
    return Field(name, column.name, kind, column.refers, column.required, words)


FIELDS: dict[str, dict[str, Field]] = {
    file: {field.name: field for column in columns_of(file, V12) if (field := _field(column))}
    for file in (*ONE, "roles")
}


def base() -> str:
    """The address of the service: the platform's own, whatever host a request came by."""
    return f"{issuer()}{ROOT.rstrip('/')}"


def reference(file: str, sourced_id: str, at: str) -> dict[str, str]:
    """A GUIDRef to a thing of a file."""
    return {"href": f"{at}/{file}/{quote(sourced_id, safe='')}", "sourcedId": sourced_id, "type": REFERENCE[file]}


def values(cell: str, field: Field) -> list[str]:
    """The values of a cell that holds a list."""
    if field.cell == "subjects":
        return [cell] if cell else []
    return [part.strip() for part in cell.split(",") if part.strip()]


def told(file: str, cells: Mapping[str, str], at: str) -> dict[str, Any]:
    """The JSON of a row's cells; what is not known is left out."""
    found: dict[str, Any] = {}
    for name, field in FIELDS[file].items():
        cell = cells.get(field.cell, "")
        if not cell:
            continue
        if field.kind == "ref":
            found[name] = reference(field.refers, cell, at)
        elif field.kind == "refs":
            found[name] = [reference(field.refers, one, at) for one in values(cell, field)]
        elif field.kind == "list":
            found[name] = values(cell, field)
        else:
            found[name] = cell
    return found
