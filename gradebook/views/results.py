"""Conduct of a class, and its results of a term or the year: seen, printed, published."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.exports import results_workbook
from gradebook.models import Assessment
from gradebook.outcomes import ResultTable, conduct_rows, result_table
from gradebook.services import SheetError, conduct_save, learning_results_publish
from gradebook.services.results import follows_tt22
from gradebook.views.sheets import term_chosen
from school.attachments import attachment
from school.audit.services import record
from school.identity.requests import person
from school.organisation.models import SchoolClass, SchoolYear, Term
from school.policy import access, can, visible
from school.text import strip_marks

WHOLE_YEAR = "cn"


@require_GET
@access("organisation.SchoolClass", "results")
def class_list(request: HttpRequest) -> HttpResponse:
    """The classes whose results one may read; a single one is opened at once."""
    year = SchoolYear.objects.current()
    classes = visible(request.user, SchoolClass, "results").filter(year=year).select_related("school", "year")
    found = [item for item in classes.order_by("grade", "name") if follows_tt22(item)]
    if len(found) == 1:
        return redirect("gradebook:results", pk=found[0].pk)
    return render(request, "gradebook/result_classes.html", {"classes": found})


def _class_of(request: HttpRequest, pk: int, action: str) -> SchoolClass:
    found = get_object_or_404(
        visible(request.user, SchoolClass, action).select_related("school__node__parent", "year"), pk=pk
    )
    if not follows_tt22(found):
        raise Http404
    return found


def _asked(request: HttpRequest, school_class: SchoolClass) -> tuple[Term | None, list[tuple[str, str, bool]]]:
    """The term that ``?ky=`` names (None: the whole year), and the tabs of the page."""
    terms = list(Term.objects.filter(year=school_class.year_id).select_related("year"))
    current = Term.objects.current()
    wanted = request.GET.get("ky", str(current.number) if current and current.year_id == school_class.year_id else "1")
    term = next((item for item in terms if str(item.number) == wanted), None)
    if term is None and wanted != WHOLE_YEAR:
        raise Http404
    tabs = [(item.name, f"?ky={item.number}", item == term) for item in terms]
    return term, [*tabs, (_("The whole year"), f"?ky={WHOLE_YEAR}", term is None)]


def _table(request: HttpRequest, pk: int) -> tuple[ResultTable, list[tuple[str, str, bool]]]:
    school_class = _class_of(request, pk, "results")
    term, tabs = _asked(request, school_class)
    return result_table(school_class, term), tabs


@require_GET
@access("organisation.SchoolClass", "results")
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """A class's results with what is missing in them."""
    table, tabs = _table(request, pk)
    return render(
        request,
        "gradebook/results.html",
        {
            "table": table,
            "school_class": table.school_class,
            "tabs": tabs,
            "query": f"ky={table.term.number if table.term else WHOLE_YEAR}",
            "may_publish": can(request.user, "publish_results", table.school_class),
            "may_assess": can(request.user, "conduct", table.school_class),
        },
    )


@require_GET
@access("organisation.SchoolClass", "results")
def results_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The table on A4 paper."""
    table, _tabs = _table(request, pk)
    return render(request, "gradebook/results_print.html", {"table": table, "school_class": table.school_class})


@require_GET
@access("organisation.SchoolClass", "results")
def results_excel(request: HttpRequest, pk: int) -> HttpResponse:
    """The table as Excel file."""
    table, _tabs = _table(request, pk)
    name = slugify(strip_marks(f"ket qua {table.school_class} {table.term.number if table.term else 'ca nam'}"))
    detail = {"rows": len(table.rows)}
    record(actor=request.user, action="exported", target=table.school_class, detail=detail, request=request)
    return attachment(results_workbook(table), f"{name}.xlsx")


@require_POST
@access("organisation.SchoolClass", "publish_results")
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the finished results readable by pupils and parents."""
    school_class = _class_of(request, pk, "publish_results")
    term, _tabs = _asked(request, school_class)
    count = learning_results_publish(school_class=school_class, term=term)
    text = ngettext("Published: %(n)s result is new.", "Published: %(n)s results are new.", count) % {"n": count}
    messages.success(request, text)
    return redirect(f"{reverse('gradebook:results', args=[pk])}?ky={term.number if term else WHOLE_YEAR}")


@require_http_methods(["GET", "POST"])
@access("organisation.SchoolClass", "conduct")
def conduct(request: HttpRequest, pk: int) -> HttpResponse:
    """Conduct of a term: one press gives everybody the best level, then the exceptions."""
    school_class = _class_of(request, pk, "conduct")
    term, terms = term_chosen(request)
    if term is None or term.year_id != school_class.year_id:
        raise Http404
    held = conduct_rows(school_class, term)
    rows = [(student, one.level if one else "", one.remark if one else "") for student, one in held]
    status = 200
    if request.method == "POST":
        everybody = request.POST.get("tat-ca", "")
        rows = [
            (
                student,
                request.POST.get(f"muc-{student.pk}") or everybody,
                request.POST.get(f"nhan-xet-{student.pk}", "").strip(),
            )
            for student, _one in held
        ]
        try:
            levels = {student.pk: (level, remark) for student, level, remark in rows if level or remark}
            count = conduct_save(school_class=school_class, term=term, levels=levels, by=person(request))
        except SheetError as error:
            messages.error(request, str(error))
            status = 422
        else:
            text = ngettext("Saved: %(n)s assessment.", "Saved: %(n)s assessments.", count) % {"n": count}
            messages.success(request, text)
            return redirect(f"{reverse('gradebook:conduct', args=[pk])}?hk={term.number}")
    return render(
        request,
        "gradebook/conduct.html",
        {
            "school_class": school_class,
            "term": term,
            "tabs": [(item.name, f"?hk={item.number}", item == term) for item in terms],
            "rows": rows,
            "open": sum(one is None for _student, one in held),
            "levels": Assessment.choices,
        },
        status=status,
    )
