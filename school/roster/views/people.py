"""Who is here: a class, and those who have never signed in."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from school.attachments import attachment
from school.audit.services import record
from school.identity.models import User
from school.identity.requests import person
from school.organisation.models import School, SchoolClass
from school.phones import display_phone
from school.policy import access, can, may, recently_confirmed, visible
from school.roster import selectors
from school.roster.processing.reports import table_xlsx

_PAGE = 50


def _exported(request: HttpRequest, what: str, rows: list[Any], target: Any) -> None:
    record(
        actor=request.user,
        action="exported",
        target=target,
        detail={"what": what, "rows": len(rows)},
        request=request,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _chosen(request: HttpRequest) -> tuple[list[School], School | None, selectors.Filter]:
    """The schools to choose from, the chosen one, and the rest of the question."""
    schools = list(selectors.schools_of(person(request)))
    wanted = _number(request.GET.get("truong", ""))
    school = next((one for one in schools if one.pk == wanted), schools[0] if schools else None)
    group = "staff" if request.GET.get("nhom") == "can-bo" and school else "students"
    return (
        schools,
        school,
        selectors.Filter(request.GET.get("tim", "").strip()[:100], _number(request.GET.get("lop", "")), group),
    )


def _roles(user: Any) -> str:
    return ", ".join(str(one.get_role_display()) for one in user.appointments)


def _day(user: User) -> str:
    return date_format(user.birth_date, "SHORT_DATE_FORMAT") if user.birth_date else ""


def _class(request: HttpRequest, class_id: int) -> tuple[SchoolClass, bool, Any]:
    """A class that the person may read, whether they may see parents' numbers, and its pupils."""
    found = get_object_or_404(selectors.with_sizes(visible(person(request), SchoolClass, "roster")), pk=class_id)
    contacts = can(person(request), "contacts", found)
    pupils = selectors.students_of([found])
    return found, contacts, selectors.with_parents(pupils) if contacts else pupils


@access("organisation.SchoolClass", "roster")
def class_list(request: HttpRequest, class_id: int) -> HttpResponse:
    """The pupils of a class."""
    school_class, contacts, pupils = _class(request, class_id)
    context = {
        "school_class": school_class,
        "contacts": contacts,
        "pupils": pupils,
        "may_slips": can(person(request), "slips", school_class),
        "may_look": may(person(request), User, "look"),
        "may_code": contacts and may(person(request), User, "parent-code"),
    }
    return render(request, "roster/class.html", context)


@access("organisation.SchoolClass", "roster")
def class_excel(request: HttpRequest, class_id: int) -> HttpResponse:
    """The pupils of a class as a workbook."""
    school_class, contacts, pupils = _class(request, class_id)
    head = [_("No."), _("Full name"), _("Code"), _("Birth date"), _("Gender")]
    if contacts:
        head += [_("Parents"), _("Parents' phones")]
    rows = []
    for number, one in enumerate(pupils, start=1):
        row = [number, one.full_name, one.code, _day(one), one.get_gender_display()]
        if contacts:
            row += [
                "\n".join(str(parent.guardian) for parent in one.parents),
                "\n".join(display_phone(parent.guardian.phone) for parent in one.parents),
            ]
        rows.append(row)
    _exported(request, school_class.name, rows, school_class)
    return attachment(table_xlsx(school_class.name, head, rows), f"lop-{school_class.pk}.xlsx")


def _waiting(request: HttpRequest) -> tuple[list[School], School | None, selectors.Filter, Any]:
    schools, school, wanted = _chosen(request)
    return schools, school, wanted, selectors.never_signed_in(selectors.people_of(person(request), school, wanted))


@access("organisation.School", "roster")
def waiting(request: HttpRequest) -> HttpResponse:
    """Who has never signed in."""
    schools, school, wanted, found = _waiting(request)
    context = {
        "schools": schools,
        "school": school,
        "wanted": wanted,
        "classes": selectors.classes_of(person(request), school),
        "page": Paginator(found, _PAGE).get_page(request.GET.get("page")),
        "may_slips": may(person(request), "organisation.SchoolClass", "slips"),
    }
    return render(request, "roster/waiting.html", context)


@recently_confirmed
@access("organisation.School", "roster")
def waiting_excel(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    _schools, school, wanted, found = _waiting(request)
    staff = wanted.group == "staff"
    head = [_("Full name"), _("Code"), _("Role") if staff else _("Class")]
    rows = [[one.full_name, one.code, _roles(one) if staff else one.class_name] for one in found]
    _exported(request, _("Never signed in"), rows, school)
    return attachment(table_xlsx(_("Never signed in"), head, rows), "chua-dang-nhap.xlsx")
