"""The platform's services for a tool's server: tokens, columns, scores, results, members. Every answer is JSON."""

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lti import names
from lms.lti.models import LineItem, Tool
from lms.lti.platform import grading
from lms.lti.platform.people import members_of
from lms.lti.platform.tokens import SECONDS, Denied, bearer, token_issue
from lms.models import Course
from school.oidc.keys import LTI, issuer, public_keys
from school.policy import by_token, public

logger = logging.getLogger(__name__)
PAGE, MOST = 100, 500
LARGEST = 64 * 1024
REASON = "A tool's server speaks, with a signed assertion or a token."
View = Callable[..., HttpResponse]


@require_safe
@public
def keys(request: HttpRequest) -> JsonResponse:
    """Our public keys, as platform and as tool."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600, must-revalidate"}
    return JsonResponse({"keys": public_keys(LTI)}, headers=headers)


@csrf_exempt
@require_POST
@by_token(REASON)
def token(request: HttpRequest) -> HttpResponse:
    """A token for the services (RFC 6749, 4.4, with RFC 7523)."""
    if not ratelimit.consume(request, app="allauth.idp.oidc", action="token_ip"):
        return JsonResponse({"error": "slow_down"}, status=429)
    try:
        granted = token_issue(
            grant_type=request.POST.get("grant_type", ""),
            assertion_type=request.POST.get("client_assertion_type", ""),
            assertion=request.POST.get("client_assertion", ""),
            scope=request.POST.get("scope", ""),
        )
    except Denied as denied:
        logger.warning("A tool's token was refused: %s", denied.why)
        return JsonResponse({"error": denied.error}, status=401 if denied.error == "invalid_client" else 400)
    found = {"access_token": granted.token, "token_type": "Bearer", "expires_in": SECONDS}
    return JsonResponse(
        {**found, "scope": " ".join(granted.scopes)}, headers={"Cache-Control": "no-store", "Pragma": "no-cache"}
    )


def service(**scopes: tuple[str, ...]) -> Callable[[View], View]:
    """A view for a tool's server: its methods, each with the scopes of which one is enough, and the tool's own course.

    401 without a good token, 403 without the scope, 404 for a course in which the tool does not stand.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, course_id: int, **kwargs: Any) -> HttpResponse:
            found = bearer(request.headers.get("Authorization", ""))
            if found is None:
                refusal = JsonResponse({"error": "invalid_token"}, status=401)
                refusal["WWW-Authenticate"] = 'Bearer realm="lti"'
                return refusal
            # What the registration allows may have become less since the token was given.
            allowed = set(found.scopes) & set(found.tool.scopes)
            if not allowed & set(scopes[request.method or ""]):
                return JsonResponse({"error": "insufficient_scope"}, status=403)
            course = grading.context_of(found.tool, course_id)
            if course is None:
                return JsonResponse({"error": "not_found"}, status=404)
            try:
                return view(request, found.tool, course, **kwargs)
            except grading.Wrong as wrong:
                return JsonResponse({"error": str(wrong)}, status=wrong.status)

        return csrf_exempt(require_http_methods(list(scopes))(by_token(REASON)(asked)))

    return decorate


def _body(request: HttpRequest, content_type: str) -> dict[str, Any]:
    if request.content_type != content_type:
        raise grading.Wrong(f"Content-Type: {content_type}", 415)
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        raise grading.Wrong("64 KB", 413)
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise grading.Wrong("JSON") from error
    if not isinstance(data, dict) or "\\u0000" in request.body.decode("utf-8", "replace"):
        raise grading.Wrong("JSON")
    return data


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _page(request: HttpRequest, rows: Any, total: int) -> tuple[list[Any], dict[str, str]]:
    """A page of the rows, and the Link header that names the next (RFC 8288)."""
    limit = min(max(_number(request, "limit", PAGE), 1), MOST)
    start = _number(request, "from", 0)
    headers = {}
    if start + limit < total:
        query = request.GET.copy()
        query["limit"], query["from"] = str(limit), str(start + limit)
        headers["Link"] = f'<{issuer()}{request.path}?{query.urlencode()}>; rel="next"'
    return list(rows[start : start + limit]), headers


READ = (names.LINEITEM, names.LINEITEM_READ)


@service(GET=READ, POST=(names.LINEITEM,))
def line_items(request: HttpRequest, tool: Tool, course: Course) -> HttpResponse:
    """The tool's columns in a course: the list, and a new one."""
    if request.method == "POST":
        made = grading.column_save(tool=tool, course=course, data=_body(request, names.LINEITEM_TYPE))
        return JsonResponse(grading.column_json(made), status=201, content_type=names.LINEITEM_TYPE)
    wanted = {name: request.GET.get(name, "") for name in ("resource_link_id", "resource_id", "tag")}
    rows = grading.columns(tool, course, **wanted)
    page, headers = _page(request, rows, rows.count())
    found = [grading.column_json(item) for item in page]
    return JsonResponse(found, safe=False, content_type=names.LINEITEMS_TYPE, headers=headers)


def _item(tool: Tool, course: Course, pk: int) -> LineItem:
    found = grading.columns(tool, course).select_related("course", "link__lesson").filter(pk=pk).first()
    if found is None:
        raise grading.Wrong("not_found", 404)
    return found


@service(GET=READ, PUT=(names.LINEITEM,), DELETE=(names.LINEITEM,))
def line_item(request: HttpRequest, tool: Tool, course: Course, item: int) -> HttpResponse:
    """One column: read, replaced, removed."""
    found = _item(tool, course, item)
    if request.method == "DELETE":
        grading.column_delete(item=found)
        return HttpResponse(status=204)
    if request.method == "PUT":
        found = grading.column_save(tool=tool, course=course, data=_body(request, names.LINEITEM_TYPE), item=found)
    return JsonResponse(grading.column_json(found), content_type=names.LINEITEM_TYPE)


@service(POST=(names.SCORE,))
def scores(request: HttpRequest, tool: Tool, course: Course, item: int) -> HttpResponse:
    """A student's score."""
    grading.score_record(item=_item(tool, course, item), data=_body(request, names.SCORE_TYPE))
    return HttpResponse(status=204)


@service(GET=(names.RESULT_READ,))
def results(request: HttpRequest, tool: Tool, course: Course, item: int) -> HttpResponse:
    """What the column holds."""
    found = _item(tool, course, item)
    rows = grading.results(found, user_id=request.GET.get("user_id", ""))
    page, headers = _page(request, rows, rows.count())
    answer = grading.results_json(found, page)
    return JsonResponse(answer, safe=False, content_type=names.RESULTS_TYPE, headers=headers)


@service(GET=(names.MEMBERS,))
def members(request: HttpRequest, tool: Tool, course: Course) -> HttpResponse:
    """The course's people (NRPS 2.0); ``rlid`` narrows to those who can open that place."""
    link = grading.link_of(tool, course, request.GET.get("rlid"))
    students = link is None or link.lesson_materials.filter(live=True, lesson__live=True).exists()
    people = members_of(tool, course, role=request.GET.get("role", ""), students=students)
    page, headers = _page(request, people, len(people))
    context = {"id": f"course-{course.pk}", "title": course.title}
    found = {"id": issuer() + request.path, "context": context, "members": page}
    return JsonResponse(found, content_type=names.MEMBERS_TYPE, headers=headers)
