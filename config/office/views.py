"""The office's overview and its workbook."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.office.excel import workbook
from config.office.selectors import MEASURES, SORTS, Day, activity, overview, shown
from school.attachments import attachment
from school.identity.requests import person
from school.organisation.models import Level
from school.policy import access


def _asked(request: HttpRequest) -> dict[str, str]:
    level = request.GET.get("cap", "")
    sort = request.GET.get("xep", "ten")
    return {
        "text": request.GET.get("q", "").strip()[:100],
        "level": level if level in Level.values else "",
        "sort": sort if sort.removeprefix("-") in SORTS else "ten",
    }


def _chart(days: list[Day]) -> dict[str, object]:
    """The curve of the last two weeks, and the same numbers as a table."""
    written = [date_format(one.day, "MONTH_DAY_FORMAT") for one in days]
    series = [(_("Marks entered"), [one.marks for one in days]), (_("Loans"), [one.loans for one in days])]
    return {
        "spec": {
            "type": "line",
            "labels": written,
            "series": [{"label": name, "data": data} for name, data in series],
        },
        "head": [_("Day"), *(name for name, _data in series)],
        "rows": [(name, [one.marks, one.loans]) for name, one in zip(written, days, strict=True)],
        "marks": sum(one.marks for one in days),
        "loans": sum(one.loans for one in days),
    }


@access("organisation.School", "oversee")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Schools, people, lessons, loans and marks; a table to search and sort."""
    asked = _asked(request)
    figures = overview(person(request))
    words = (_("Students"), _("Teachers"), _("Staff"), _("Parents"), _("Lessons"), _("Loans"), _("Marks entered"))
    names = dict(zip(MEASURES, words, strict=True))
    columns = [
        (word, names[key], asked["sort"].removeprefix("-") == word, asked["sort"].startswith("-"))
        for word, key in SORTS.items()
        if key in names
    ]
    values = {
        "figures": figures,
        "rows": shown(figures.rows, text=asked["text"], level=asked["level"], sort=asked["sort"]),
        "columns": columns,
        "levels": Level.choices,
        "chart": _chart(activity(row.school.pk for row in figures.rows)),
        **asked,
    }
    return render(request, "office/dashboard.html", values)


@access("organisation.School", "oversee")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The lines of the page as Excel."""
    figures = overview(person(request))
    day = date_format(timezone.localdate(), "SHORT_DATE_FORMAT")
    data = workbook(shown(figures.rows, **_asked(request)), _("Schools on %(day)s") % {"day": day})
    return attachment(data, f"tong-quan-{timezone.localdate():%Y%m%d}.xlsx")
