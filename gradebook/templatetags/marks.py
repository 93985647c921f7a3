"""The cells of the marks grid: some three hundred a page, so each is one formatted string and no template of its own."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from gradebook.entry import GroupEntry
from gradebook.models import MarkColumn
from gradebook.selectors import GridCell, GridRow
from school.identity.models import User

register = template.Library()

_KEYBOARDS = {MarkColumn.Scale.TENTHS.value: "decimal", MarkColumn.Scale.WHOLE.value: "numeric"}


def _fixed(column: MarkColumn) -> SafeString:
    """What every cell of the column says alike, made once per page."""
    known: SafeString | None = getattr(column, "_cell_attributes", None)
    if known is None:
        known = format_html(
            ' data-scale="{}" data-kind="{}" data-code="{}" data-head="h{}" type="text" inputmode="{}"'
            ' enterkeyhint="next" autocomplete="off"{}',
            column.scale,
            column.kind,
            column.code,
            column.pk,
            _KEYBOARDS.get(column.scale, "text"),
            SafeString(' maxlength="300"') if column.scale == MarkColumn.Scale.TEXT else "",
        )
        column._cell_attributes = known  # type: ignore[attr-defined]
    return known


@register.simple_tag
def mark_cell(row: GridRow, cell: GridCell, editable: bool, entries: dict[str, GroupEntry]) -> SafeString:
    """The table cell: a field for those who may write, else its text.

    A cell whose column takes no marks now is a field that is only read, so that keys still walk over it; why, its head says.
    """
    column, student = cell.column, row.student.pk
    css = "words" if column.scale == MarkColumn.Scale.TEXT else "first" if column.kind == MarkColumn.Kind.GK else ""
    text = conditional_escape(cell.text)
    note = f'<sup class="note-no">{cell.notes}</sup>' if cell.notes else ""
    if not editable:
        return SafeString(f'<td class="cell {css}"><span>{text}</span>{note}</td>')
    name = f"{student}-{column.pk}"
    takes = entries[column.group].takes(blank=not cell.text)
    css, shut = (css, "") if takes else (f"{css} shut", " readonly")
    return SafeString(
        f'<td class="cell {css}"><input name="m-{name}" value="{text}" data-id="{name}" data-version="{cell.version}"{shut}'
        f' aria-labelledby="r{student} h{column.pk}"{_fixed(column)}>{note}</td>'
    )


@register.simple_tag
def gap_box(student: User, column: MarkColumn, chosen: set[str]) -> SafeString:
    """A box to tick for one missing mark."""
    name = f"{student.pk}-{column.pk}"
    return format_html(
        '<label class="check"><input type="checkbox" name="o" value="{}"{}><span>{}<span class="vh"> {}</span></span></label>',
        name,
        SafeString(" checked") if name in chosen else "",
        column.code,
        student.full_name,
    )
