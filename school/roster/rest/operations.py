"""Every operation of the rostering service that reads, as the binding names it: address, what it gives, how it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat

from school.roster.models import RestRow
from school.roster.rest.faults import unknown
from school.roster.rest.reading import KINDS, Reader, Rows

Find = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """``find`` takes the reader and the ids of the address; it gives rows, or one row when ``many`` is false."""

    name: str
    path: str
    kind: str
    many: bool
    find: Find
    nested: bool = False
    summary: str = ""

    @property
    def file(self) -> str:
        """The file whose rows it gives."""
        return KINDS[self.kind][0]

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the ids in the address."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


def _school(reader: Reader, sourced_id: str) -> int:
    return reader.one("schools", sourced_id).school_id


def _class_in(reader: Reader, school: str, sourced_id: str) -> RestRow:
    found = reader.one("classes", sourced_id)
    if found.school_id != _school(reader, school):
        raise unknown("class")
    return found


def _terms(reader: Reader, school: str) -> Rows:
    reader.one("schools", school)
    return reader.kind("terms")


def _classes_in_term(reader: Reader, term: str) -> Rows:
    """A class that is held the whole year is held in each of its semesters."""
    found = reader.one("terms", term)
    cell = KeyTextTransform("termSourcedIds", "cells")
    held = Concat(Value(","), cell, Value(","), output_field=TextField())
    within = Q(held__contains=f",{found.sourced_id},")
    if found.place:
        within |= Q(held__contains=f",{found.place},")
    return reader.kind("classes").alias(held=held).filter(within)


def _grading_periods(reader: Reader, term: str) -> Rows:
    return reader.kind("gradingPeriods").filter(place=reader.one("terms", term).sourced_id)


def _people_of(kind: str, role: str) -> Find:
    def find(reader: Reader, school: str) -> Rows:
        return reader.kind(kind).filter(reader.with_role(role, _school(reader, school)))

    return find


def _in_class(role: str) -> Find:
    def find(reader: Reader, *ids: str) -> Rows:
        found = _class_in(reader, *ids) if len(ids) > 1 else reader.one("classes", *ids)
        return reader.kind("users").filter(reader.placed(found.sourced_id, role))

    return find


def _classes_of(kind: str, role: str) -> Find:
    def find(reader: Reader, person: str) -> Rows:
        return reader.kind("classes").filter(reader.attended(reader.one(kind, person).sourced_id, role))

    return find


def _of_school(kind: str) -> Find:
    return lambda reader, school: reader.kind(kind).filter(school=_school(reader, school))


def _lists() -> list[Operation]:
    found = []
    for kind in KINDS:
        one = {"classes": "Class"}.get(kind, kind[0].upper() + kind[1:].removesuffix("s"))
        if kind == "demographics":
            one = "Demographics"
        all_of = f"All{kind[0].upper()}{kind[1:]}"

        def every(reader: Reader, kind: str = kind) -> Rows:
            return reader.kind(kind)

        def single(reader: Reader, sourced_id: str, kind: str = kind) -> RestRow:
            return reader.one(kind, sourced_id)

        found.append(Operation(f"get{all_of}", kind, kind, True, every, summary=f"All {kind}."))
        path = f"{kind}/{{sourcedId}}"
        found.append(Operation(f"get{one}", path, kind, False, single, summary=f"One of the {kind}."))
    return found


def _nested(name: str, path: str, kind: str, find: Find, summary: str) -> Operation:
    return Operation(name, path, kind, True, find, nested=True, summary=summary)


_SCHOOL, _CLASS = "schools/{schoolSourcedId}", "classes/{classSourcedId}"
OPERATIONS: tuple[Operation, ...] = (
    *_lists(),
    _nested(
        "getClassesForTerm", "terms/{termSourcedId}/classes", "classes", _classes_in_term, "Classes held in a term."
    ),
    _nested(
        "getGradingPeriodsForTerm",
        "terms/{termSourcedId}/gradingPeriods",
        "gradingPeriods",
        _grading_periods,
        "Grading periods of a term.",
    ),
    _nested("getTermsForSchool", f"{_SCHOOL}/terms", "terms", _terms, "Terms of a school."),
    _nested("getCoursesForSchool", f"{_SCHOOL}/courses", "courses", _of_school("courses"), "Courses of a school."),
    _nested("getClassesForSchool", f"{_SCHOOL}/classes", "classes", _of_school("classes"), "Classes of a school."),
    _nested(
        "getEnrollmentsForSchool",
        f"{_SCHOOL}/enrollments",
        "enrollments",
        _of_school("enrollments"),
        "Who is in which class of a school.",
    ),
    _nested(
        "getStudentsForSchool", f"{_SCHOOL}/students", "students", _people_of("students", "student"), "Its students."
    ),
    _nested(
        "getTeachersForSchool", f"{_SCHOOL}/teachers", "teachers", _people_of("teachers", "teacher"), "Its teachers."
    ),
    _nested(
        "getEnrollmentsForClassInSchool",
        f"{_SCHOOL}/{_CLASS}/enrollments",
        "enrollments",
        lambda reader, *ids: reader.kind("enrollments").filter(place=_class_in(reader, *ids).sourced_id),
        "Who is in a class of a school.",
    ),
    _nested(
        "getStudentsForClassInSchool",
        f"{_SCHOOL}/{_CLASS}/students",
        "students",
        _in_class("student"),
        "Students who are in a class of a school now.",
    ),
    _nested(
        "getTeachersForClassInSchool",
        f"{_SCHOOL}/{_CLASS}/teachers",
        "teachers",
        _in_class("teacher"),
        "Teachers of a class of a school now.",
    ),
    _nested("getStudentsForClass", f"{_CLASS}/students", "students", _in_class("student"), "Its students now."),
    _nested("getTeachersForClass", f"{_CLASS}/teachers", "teachers", _in_class("teacher"), "Its teachers now."),
    _nested(
        "getClassesForCourse",
        "courses/{courseSourcedId}/classes",
        "classes",
        lambda reader, course: reader.kind("classes").filter(place=reader.one("courses", course).sourced_id),
        "Classes of a course.",
    ),
    _nested(
        "getClassesForStudent",
        "students/{studentSourcedId}/classes",
        "classes",
        _classes_of("students", "student"),
        "Classes in which a student is now.",
    ),
    _nested(
        "getClassesForTeacher",
        "teachers/{teacherSourcedId}/classes",
        "classes",
        _classes_of("teachers", "teacher"),
        "Classes that a teacher has now.",
    ),
    _nested(
        "getClassesForUser",
        "users/{userSourcedId}/classes",
        "classes",
        _classes_of("users", ""),
        "Classes in which a user is now.",
    ),
)
