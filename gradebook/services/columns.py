"""Columns beside the circular's ordinary ones: topic clusters, second tests, and the components of a university course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from gradebook.models import Group, Mark, MarkColumn, MarkLog, MarkSheet, SheetState
from gradebook.regulations import Circular, tt22
from gradebook.services.errors import SheetError
from gradebook.services.log import Entry, log_append
from gradebook.services.marks import results_recompute
from gradebook.services.states import hold
from school.identity.models import User
from school.organisation.models import Level

#: 08/2021 Art. 9 asks for two component marks at least; more than this is no outline that anybody could read.
MOST_COMPONENTS = 8


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a university course: its name, the part of the sheet it stands in, its share in whole per cent."""

    title: str
    group: str
    weight: int


def takes_cluster(sheet: MarkSheet) -> bool:
    """Whether the sheet may have a topic cluster (22/2021 Art. 6(3)): scored subjects of upper secondary classes."""
    return (
        sheet.circular == Circular.TT22 and not sheet.is_comment and sheet.school_class.level == Level.UPPER
    )  # fmt: skip


def _open_group(held: MarkSheet, group: str) -> None:
    if held.states.get(group) != SheetState.OPEN:
        raise SheetError(_("Column %(column)s is not open: its columns stay as they are.") % {"column": group})


def _log(held: MarkSheet, group: str, what: str, by: User) -> None:
    log_append(held, [Entry("", what[:300], action=MarkLog.Action.COLUMNS, group=group, reason=what[:300])], by=by)
    held.save(update_fields=["log_length", "log_head", "state", "state_tx", "state_gk", "state_ck", "pass_only"])


def _used(columns: Sequence[int]) -> bool:
    """Whether anything was ever entered there: the log then speaks of the column, which stays."""
    return (
        Mark.objects.filter(column__in=columns).exists() or MarkLog.objects.filter(column__in=columns).exists()
    )  # fmt: skip


@transaction.atomic
def cluster_add(*, sheet: MarkSheet, by: User, on_top: bool = True) -> MarkColumn:
    """Count the topic cluster's result as one regular assessment: a column more, or the last of the ordinary ones.

    The circular is read both ways; ``on_top`` is the industry's. Raises SheetError where there is no cluster, when there is
    one already, and when the last ordinary column holds marks of something else.
    """
    held = hold(sheet)
    if not takes_cluster(held):
        raise SheetError(_("Topic clusters belong to scored subjects of upper secondary classes."))
    _open_group(held, Group.TX)
    regular = list(held.columns.filter(kind=MarkColumn.Kind.TX).order_by("number"))
    if any(column.role == MarkColumn.Role.CLUSTER for column in regular):
        raise SheetError(_("The sheet has its topic cluster already."))
    last = regular[-1]
    if on_top:
        held.columns.filter(order__gt=last.order).update(order=F("order") + 1)
        made = MarkColumn.objects.create(
            sheet=held,
            kind=MarkColumn.Kind.TX,
            group=Group.TX,
            number=last.number + 1,
            weight=1,
            scale=last.scale,
            role=MarkColumn.Role.CLUSTER,
            order=last.order + 1,
        )
    else:
        if _used([last.pk]):
            raise SheetError(_("%(column)s holds marks already.") % {"column": last.code})
        made = last
        made.role = MarkColumn.Role.CLUSTER
        made.save(update_fields=["role"])
    results_recompute(held)
    _log(held, Group.TX, _("Topic cluster as %(column)s") % {"column": made.code}, by)
    return made


@transaction.atomic
def retest_add(*, sheet: MarkSheet, group: str, by: User) -> MarkColumn:
    """A column for a second test of a primary class's moment: the last test taken counts (27/2020 Art. 7(1)(c)).

    Raises SheetError where the moment has no test, when it has a second one already, and once the group is not open.
    """
    held = hold(sheet)
    tests = list(held.columns.filter(group=group, scale=MarkColumn.Scale.WHOLE).order_by("number"))
    if held.circular != Circular.TT27 or not tests:
        raise SheetError(_("No test is held here."))
    _open_group(held, group)
    if len(tests) > 1:
        raise SheetError(_("There is a second test already."))
    held.columns.filter(order__gt=tests[0].order).update(order=F("order") + 1)
    made = MarkColumn.objects.create(
        sheet=held,
        kind=tests[0].kind,
        group=group,
        number=tests[0].number + 1,
        weight=0,
        scale=MarkColumn.Scale.WHOLE,
        role=MarkColumn.Role.RETEST,
        order=tests[0].order + 1,
    )
    _log(held, group, _("Second test as %(column)s") % {"column": made.code}, by)
    return made


@transaction.atomic
def column_remove(*, sheet: MarkSheet, column: MarkColumn, by: User) -> None:
    """Take away a topic cluster or a second test in which nothing was ever entered. Raises SheetError for any other column."""
    held = hold(sheet)
    found = held.columns.filter(pk=column.pk).first()
    if found is None or not found.role:
        raise SheetError(_("This column belongs to the circular's own."))
    _open_group(held, found.group)
    if _used([found.pk]):
        raise SheetError(_("%(column)s holds marks already.") % {"column": found.code})
    what = _("%(column)s taken away") % {"column": found.code}
    ordinary = held.columns.filter(kind=MarkColumn.Kind.TX, role="").count()
    if found.role == MarkColumn.Role.CLUSTER and ordinary < tt22.tx_count(held.periods):
        found.role = ""
        found.save(update_fields=["role"])
    else:
        found.delete()
    results_recompute(held)
    _log(held, column.group, what, by)


@transaction.atomic
def components_set(
    *, sheet: MarkSheet, components: Sequence[Component], pass_only: bool, by: User, one_allowed: bool = False
) -> None:
    """Set a university course's components by its outline, before its first mark (08/2021 Art. 9).

    ``one_allowed`` is for a course of less than two credits. Raises SheetError when a mark was entered, unless the shares sum
    to exactly 100 per cent, and for fewer than two components.
    """
    held = hold(sheet)
    if held.circular != Circular.TT08:
        raise SheetError(_("Only a university course has components."))
    if any(state != SheetState.OPEN for state in held.states.values()):
        raise SheetError(_("The sheet is no longer open."))
    if not components or (len(components) == 1 and not one_allowed):
        raise SheetError(_("A course has at least two components; one is enough only below two credits."))
    if len(components) > MOST_COMPONENTS:
        raise SheetError(_("At most %(n)s components.") % {"n": MOST_COMPONENTS})
    for component in components:
        if not 1 <= component.weight <= 100 or component.group not in Group.values or not component.title.strip():
            raise SheetError(_("Each component needs a name, a part of the sheet and a share from 1 to 100 per cent."))
    total = sum(component.weight for component in components)
    if total != 100:
        raise SheetError(_("The shares sum to %(total)s per cent: they must sum to exactly 100.") % {"total": total})
    old = list(held.columns.exclude(scale=MarkColumn.Scale.TEXT))
    if _used([column.pk for column in old]):
        raise SheetError(_("The outline stands since the first mark was entered."))
    MarkColumn.objects.filter(pk__in=[column.pk for column in old]).delete()
    order = list(Group)
    numbers: dict[str, int] = {}
    for place, component in enumerate(sorted(components, key=lambda one: order.index(Group(one.group)))):
        numbers[component.group] = numbers.get(component.group, 0) + 1
        MarkColumn.objects.create(
            sheet=held,
            kind=component.group,
            group=component.group,
            number=numbers[component.group],
            weight=component.weight,
            scale=MarkColumn.Scale.TENTHS,
            title=" ".join(component.title.split())[:40],
            order=place,
        )
    last = held.columns.aggregate(last=Max("order"))["last"] or 0
    held.columns.filter(scale=MarkColumn.Scale.TEXT).update(order=last + 1)
    kept = {*numbers, *held.columns.values_list("group", flat=True)}
    held.set_states({group.value: SheetState.OPEN if group in kept else "" for group in Group})
    held.pass_only = pass_only
    what = ", ".join(f"{component.title} {component.weight} %" for component in components)
    if pass_only:
        what = _("%(outline)s; pass or fail") % {"outline": what}
    _log(held, "", _("Outline: %(outline)s") % {"outline": what}, by)
