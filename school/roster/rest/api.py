"""The operations as django-ninja serves and describes them."""

import inspect
import logging
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, ValidationError
from ninja.security.base import AuthBase

from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS
from school.policy import Access, declare_view
from school.roster.oneroster.columns import V12
from school.roster.rest.asking import Asked, asked_for, selection
from school.roster.rest.entering import Entered, allowed, enter, noted, pictured
from school.roster.rest.faults import BAD_DATA, BROKEN, UNAUTHORISED, Fault
from school.roster.rest.operations import OPERATIONS, Operation
from school.roster.rest.reading import Reader
from school.roster.rest.schemas import MANY, SINGLE, ListQuery, OneQuery, StatusInfo
from school.roster.rest.shapes import ONE, base
from school.row_security import Reach, fenced

logger = logging.getLogger(__name__)
REFUSALS = dict.fromkeys((400, 401, 403, 404, 429, 500), StatusInfo)


class ClientCredentials(AuthBase):
    """An access token that the application got for itself with its secret."""

    openapi_type = "oauth2"
    openapi_flows = {
        "clientCredentials": {
            "tokenUrl": "/identity/o/api/token",
            "scopes": {
                ROSTER_CORE: "The lists, and single things of them.",
                ROSTER: "These, and what belongs to what.",
                ROSTER_DEMOGRAPHICS: "Dates of birth and sex.",
            },
        }
    }

    def __call__(self, request: HttpRequest) -> Entered | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return enter(request, token.strip()) if scheme.lower() == "bearer" and token.strip() else None


api = NinjaAPI(
    title="Mái Trường: OneRoster 1.2 rostering service",
    version=V12,
    description="Schools, classes and people as other programmes read them. Read only.",
    urls_namespace="oneroster",
    docs_url=None,
    openapi_url=None,
    auth=ClientCredentials(),
)


def _refusal(fault: Fault) -> HttpResponse:
    response = JsonResponse(fault.payload(), status=fault.status, headers=fault.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


@api.exception_handler(Fault)
def on_fault(request: HttpRequest, fault: Fault) -> HttpResponse:
    """A refusal in the binding's words."""
    return _refusal(fault)


@api.exception_handler(AuthenticationError)
def on_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that is no good any more."""
    challenge = 'Bearer realm="oneroster"'
    if request.headers.get("Authorization"):
        challenge += ', error="invalid_token"'
    return _refusal(Fault(401, UNAUTHORISED, "This needs a valid access token.", WWW_Authenticate=challenge))


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter that cannot be read."""
    return _refusal(Fault(400, BAD_DATA, "A parameter cannot be read."))


@api.exception_handler(Exception)
def on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """A mistake of ours: told in the log, not to the reader."""
    logger.exception("OneRoster REST broke at %s", request.path)
    return _refusal(Fault(500, BROKEN, "Something went wrong here."))


def _links(request: HttpRequest, asked: Asked, total: int) -> str:
    """First, previous, next and last page (RFC 8288)."""
    last = max(0, (total - 1) // asked.limit * asked.limit)
    pages = {"first": 0, "last": last}
    if asked.offset + asked.limit < total:
        pages["next"] = asked.offset + asked.limit
    if asked.offset > 0:
        pages["prev"] = max(0, asked.offset - asked.limit)
    kept = {name: value for name, value in request.GET.items() if name not in ("limit", "offset")}
    at = f"{base()}/{request.path.removeprefix(reverse('oneroster:page'))}"
    return ", ".join(
        f'<{at}?{urlencode({**kept, "limit": asked.limit, "offset": offset})}>; rel="{name}"'
        for name, offset in pages.items()
    )


def answer(
    operation: Operation, request: HttpRequest, query: ListQuery | OneQuery, ids: tuple[str, ...]
) -> HttpResponse:
    """Answer one request of an application that has shown a good token."""
    entered: Entered = request.auth  # type: ignore[attr-defined]
    allowed(entered, operation.kind, operation.nested)
    file = operation.file
    if isinstance(query, ListQuery):
        given = query.model_dump()
        given["order"] = given.pop("orderBy")
        asked = asked_for(file, **given)
    else:
        asked = Asked(fields=selection(file, query.fields))
    pictured(entered)
    noted(entered, request, operation.kind)
    reader, headers = Reader(entered.schools), {}
    # The second line: whatever a mistake of ours above may ask for, the database shows these schools alone.
    with fenced(Reach(frozenset(entered.schools))):
        found = operation.find(reader, *ids)
        if operation.many:
            rows, total = reader.page(found, file, asked)
            headers = {"X-Total-Count": str(total), "Link": _links(request, asked, total)}
            body: dict[str, Any] = {file: reader.tell(file, rows, base(), asked.fields)}
        else:
            body = {ONE[file]: reader.tell(file, [found], base(), asked.fields)[0]}
    response = JsonResponse(body, headers=headers, json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _view(operation: Operation) -> Any:
    query = ListQuery if operation.many else OneQuery

    def view(request: HttpRequest, query: Any, **ids: str) -> HttpResponse:
        return answer(operation, request, query, tuple(ids[name] for name in operation.takes))

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    view.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("request", kind),
            *(inspect.Parameter(name, kind, annotation=str) for name in operation.takes),
            inspect.Parameter("query", kind, annotation=query, default=Query(...)),
        ]
    )
    view.__name__ = operation.name
    return view


for _operation in OPERATIONS:
    _shape: Any = (MANY if _operation.many else SINGLE)[_operation.file]
    api.get(
        _operation.path,
        response={200: _shape, **REFUSALS},
        operation_id=_operation.name,
        summary=_operation.summary,
        tags=[_operation.path.split("/", maxsplit=1)[0]],
        url_name=_operation.name,
        exclude_none=True,
    )(_view(_operation))
    declare_view(f"oneroster:{_operation.name}", Access("token", reason="An application speaks, with its own token."))
declare_view("oneroster:api-root", Access("public"))
