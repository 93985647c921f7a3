"""The files and columns of OneRoster CSV (1EdTech): one table, from which reading, checking and writing both versions follow.

Sources: OneRoster 1.1 CSV (2017) chapter 4, OneRoster 1.2 CSV binding (Final, 19 September 2022) chapter 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

V11, V12 = "1.1", "1.2"
VERSIONS = (V11, V12)
BULK, DELTA, ABSENT = "bulk", "delta", "absent"
ACTIVE, TO_BE_DELETED = "active", "tobedeleted"


@dataclass(frozen=True)
class Column:
    """A column: what its cells are, whether they may be blank, which file they point into, the words allowed."""

    name: str
    kind: str = "text"
    required: bool = False
    refers: str = ""
    words: frozenset[str] = frozenset()
    versions: tuple[str, ...] = VERSIONS


def _c(text: str, versions: tuple[str, ...] = VERSIONS) -> Column:
    """`name!`: required; `name:kind`; `name>file`: id of a row there; `name*>file`: several; `name=a|b`: one of the words."""
    head, _, words = text.partition("=")
    head, _, refers = head.partition(">")
    name, _, kind = head.partition(":")
    required, many = "!" in name, "*" in name
    kind = kind or ("ids" if many else "id") if refers else kind or ("word" if words else "text")
    return Column(
        name.strip("!*"), kind, required, refers, frozenset(words.split("|")) if words else frozenset(), versions
    )


def _several(text: str, *versions: str) -> tuple[Column, ...]:
    return tuple(_c(part, versions or VERSIONS) for part in text.split())


def _file(common: str, only_12: str = "") -> tuple[Column, ...]:
    return (
        _c("sourcedId!:guid"),
        _c("status=active|tobedeleted"),
        _c("dateLastModified:datetime"),
        *_several(common),
        *_several(only_12, V12),
    )


_SESSION_TYPES = "gradingPeriod|semester|schoolYear|term"
_ORG_TYPES = "department|school|district|local|state|national"
_USER_ROLES = "administrator|aide|guardian|parent|proctor|relative|student|teacher"
_ROLES = (
    "aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student"
    "|systemAdministrator|teacher"
)
_PLACED = "administrator|proctor|student|teacher"

# The order of the columns is the standard's; those of one version only stand at their place there.
FILES: dict[str, tuple[Column, ...]] = {
    "academicSessions": _file(
        f"title! type!={_SESSION_TYPES} startDate!:date endDate!:date parentSourcedId>academicSessions schoolYear!:year"
    ),
    "orgs": _file(f"name! type!={_ORG_TYPES} identifier parentSourcedId>orgs"),
    "courses": _file(
        "schoolYearSourcedId>academicSessions title! courseCode grades orgSourcedId!>orgs subjects subjectCodes"
    ),
    "classes": _file(
        "title! grades courseSourcedId!>courses classCode classType!=homeroom|scheduled location schoolSourcedId!>orgs"
        " termSourcedIds!*>academicSessions subjects subjectCodes periods"
    ),
    "users": (
        *_file("enabledUser!:bool"),
        *_several("orgSourcedIds!*>orgs", V11),
        *_several(f"role!={_USER_ROLES}", V11),
        *_several("username! userIds givenName! familyName! middleName identifier email:email sms phone"),
        *_several("agentSourcedIds*>users grades password"),
        *_several("userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName", V12),
        *_several("preferredFamilyName primaryOrgSourcedId>orgs pronouns", V12),
    ),
    "userProfiles": _file(
        "",
        "userSourcedId!>users profileType! vendorId! applicationId description credentialType! username! password",
    ),
    "roles": _file(
        "",
        f"userSourcedId!>users roleType!=primary|secondary role!={_ROLES} beginDate:date endDate:date orgSourcedId!>orgs"
        " userProfileSourcedId>userProfiles",
    ),
    "enrollments": _file(
        f"classSourcedId!>classes schoolSourcedId!>orgs userSourcedId!>users role!={_PLACED} primary:bool beginDate:date"
        " endDate:date"
    ),
    "demographics": (
        Column("sourcedId", "id", True, "users"),
        *_file(
            "birthDate:date sex=male|female|unspecified|other americanIndianOrAlaskaNative:bool asian:bool"
            " blackOrAfricanAmerican:bool nativeHawaiianOrOtherPacificIslander:bool white:bool"
            " demographicRaceTwoOrMoreRaces:bool hispanicOrLatinoEthnicity:bool countryOfBirthCode"
            " stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"
        )[1:],
    ),
}
# Files that are named in the manifest and not kept here: always absent when written, told and left when read.
OTHER_FILES: dict[str, tuple[str, ...]] = {
    V11: ("categories", "classResources", "courseResources", "lineItems", "resources", "results"),
    V12: (
        *("categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems"),
        *("lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales"),
        *("scoreScales", "userResources"),
    ),
}
# Extended words ("ext:librarian") are allowed in these columns of 1.2.
EXTENSIBLE = {("roles", "role"), ("orgs", "type"), ("academicSessions", "type"), ("classes", "classType")}
# Without these there is nothing to read.
NEEDED = {
    V11: ("orgs", "users"),
    V12: ("orgs", "users", "roles"),
}


def files_of(version: str) -> list[str]:
    """The files of a version that are kept here, so that what a file points to comes before it."""
    return [name for name in FILES if columns_of(name, version)]


def columns_of(file: str, version: str) -> list[Column]:
    """The columns of a file in a version, in their order; none when the version has no such file."""
    found = [column for column in FILES[file] if version in column.versions]
    return found if len(found) > 3 else []


def manifest_rows(version: str, modes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The lines of manifest.csv: versions, then every file of the version as bulk, delta or absent."""
    names = sorted([*files_of(version), *OTHER_FILES[version]], key=str.lower)
    return [
        ("manifest.version", "1.0"),
        ("oneroster.version", version),
        *((f"file.{name}", modes.get(name, ABSENT)) for name in names),
        ("source.systemName", "Mái Trường"),
        ("source.systemCode", "mai-truong"),
    ]
