"""The one list of people: found, narrowed, taken along."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from school.attachments import attachment
from school.audit.services import record
from school.identity.models import User
from school.identity.requests import person
from school.people import selectors
from school.people.models import BulkAction
from school.phones import display_phone
from school.policy import Role, access, may, recently_confirmed
from school.roles import POSTS
from school.roster import selectors as roster
from school.roster.processing.reports import table_xlsx

_PAGE = 50
_GROUPS = {selectors.STUDENTS, selectors.PARENTS, selectors.STAFF, selectors.HOMEROOM, *POSTS}


def number(text: str) -> int | None:
    """A row's id out of an address; anything else is no id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def wanted_of(query: QueryDict) -> selectors.Wanted:
    """What an address asks of the directory; unknown words ask nothing."""
    group, state = query.get("nhom", ""), query.get("trang-thai", "")
    return selectors.Wanted(
        text=query.get("tim", "").strip()[:100],
        school_id=number(query.get("truong", "")),
        class_id=number(query.get("lop", "")),
        group=group if group in _GROUPS else "",
        state=state if state in selectors.STATES else "",
    )


def _choices() -> dict[str, Any]:
    return {
        "groups": [
            (selectors.STUDENTS, _("Students")),
            (selectors.PARENTS, _("Parents")),
            (selectors.STAFF, _("Staff")),
            *((role.value, role.label) for role in POSTS if role != Role.OFFICE_ADMIN),
            (selectors.HOMEROOM, Role.HOMEROOM.label),
        ],
        "states": [
            (selectors.ACTIVE, _("Open accounts")),
            (selectors.CLOSED, _("Closed accounts")),
            (selectors.WAITING, _("Never signed in")),
            (selectors.NO_GUARDIAN, _("Students without a guardian")),
            (selectors.NO_PHONE, _("Without a phone")),
            (selectors.LEFT, _("Left the school")),
        ],
    }


@access("organisation.SchoolClass", "roster")
def people(request: HttpRequest) -> HttpResponse:
    """The people one may read, found without diacritics; who manages them may choose several and act."""
    user, wanted = person(request), wanted_of(request.GET)
    schools = list(selectors.schools_to_read(user))
    school = next((one for one in schools if one.pk == wanted.school_id), schools[0] if len(schools) == 1 else None)
    found = selectors.with_places(selectors.directory(user, wanted), user)
    context = {
        **_choices(),
        "schools": schools,
        "school": school,
        "wanted": wanted,
        "reader": selectors.is_reader(user),
        "classes": roster.classes_of(user, school) if school or not schools else [],
        "page": Paginator(found, _PAGE).get_page(request.GET.get("page")),
        "verbs": BulkAction.Verb.choices if may(user, User, "manage") else [],
        "may_load": may(user, "roster.RosterImport", "add"),
        "may_slips": may(user, "organisation.SchoolClass", "slips"),
        "may_merge": may(user, User, "merge"),
    }
    # A search as one types swaps the table alone.
    part = "#found" if request.headers.get("HX-Target", "").endswith("found") else ""
    return render(request, f"people/list.html{part}", context)


@recently_confirmed
@access("organisation.School", "roster")
def people_excel(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook; parents' numbers only for those who may read them."""
    user = person(request)
    found = selectors.with_places(selectors.directory(user, wanted_of(request.GET)), user)
    reader = selectors.is_reader(user)
    head = [_("Full name"), _("Code"), _("Class"), _("Role"), _("Birth date"), _("Gender"), _("Account")]
    rows = []
    for one in found:
        row = [one.full_name, one.code, places(one), roles(one), _day(one), one.get_gender_display(), state(one)]
        rows.append([*row, display_phone(one.phone)] if reader else row)
    record(actor=user, action="exported", detail={"list": "people", "rows": len(rows)}, request=request)
    return attachment(table_xlsx(_("People"), [*head, _("Phone")] if reader else head, rows), "danh-sach.xlsx")


def places(one: Any) -> str:
    """The classes in which a person of the list studies."""
    return ", ".join(row.school_class.name for row in one.now_enrolled)


def roles(one: Any) -> str:
    """The posts of a person of the list, and whose parent they are."""
    posts = [str(row.get_role_display()) for row in one.now_posts]
    children = [row.student.full_name for row in one.now_children]
    return ", ".join([*posts, *([_("Parent of %(names)s") % {"names": ", ".join(children)}] if children else [])])


def state(one: User) -> str:
    """The account in a word."""
    if not one.is_active:
        return _("Closed")
    return _("Never signed in") if one.last_login is None else _("In use")


def _day(user: User) -> str:
    return date_format(user.birth_date, "SHORT_DATE_FORMAT") if user.birth_date else ""
