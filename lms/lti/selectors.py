"""Reads for the pages of LTI."""

import uuid

from django.db.models import Q, QuerySet
from django.http import Http404

from lms.lti.models import Choice, Link, Tool
from lms.models import Lesson
from school.identity.models import User
from school.policy import visible


def link_to_open(user: User, pk: uuid.UUID) -> Link:
    """The place of a tool in a lesson that the person may read or write; Http404 for any other."""
    read = Q(lesson__in=visible(user, Lesson), lesson_materials__live=True)
    rows = Link.objects.filter(read | Q(lesson__in=visible(user, Lesson, "change")), pk=pk)
    found: Link | None = rows.select_related("tool__node", "lesson__course__school__node").distinct().first()
    if found is None:
        raise Http404
    return found


def tools_for(user: User, lesson: Lesson) -> QuerySet[Tool]:
    """The tools that the teacher may put into the lesson: of its school and of the offices above it."""
    above = [int(part) for part in lesson.course.school.node.path.split("/") if part]
    return visible(user, Tool, "use").filter(node__in=above).order_by("name", "pk")


def choice_to_finish(user: User, pk: uuid.UUID) -> Choice:
    """The teacher's own choice that was answered; Http404 for any other."""
    rows = Choice.objects.filter(user=user, item__isnull=False)
    found: Choice | None = rows.select_related("tool__node", "lesson__course__school__node").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
