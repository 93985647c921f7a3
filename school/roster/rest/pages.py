"""What those read who write an application: the OpenAPI document and a page of the operations. No word of anybody in them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from school.oidc.keys import issuer
from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS
from school.policy import public
from school.roster.rest.api import api
from school.roster.rest.operations import OPERATIONS
from school.roster.rest.schemas import ListQuery, OneQuery
from school.roster.rest.shapes import FIELDS, base


@public
@require_safe
@cache_control(max_age=3600)
def openapi(request: HttpRequest) -> HttpResponse:
    """The service in OpenAPI 3.1, also where the binding wants it to be found."""
    document: dict[str, Any] = dict(api.get_openapi_schema())
    document["servers"] = [{"url": issuer()}]
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False})


@public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The operations for people."""
    groups: dict[str, list[Any]] = {}
    for operation in OPERATIONS:
        groups.setdefault(operation.path.split("/", maxsplit=1)[0], []).append(operation)
    context = {
        "base": base(),
        "token": f"{issuer()}{reverse('idp:oidc:token')}",
        "groups": groups,
        "query": ListQuery.model_json_schema()["properties"],
        "one": OneQuery.model_json_schema()["properties"],
        "fields": {file: list(fields) for file, fields in FIELDS.items()},
        "scopes": {"core": ROSTER_CORE, "all": ROSTER, "demographics": ROSTER_DEMOGRAPHICS},
    }
    return render(request, "roster/rest.html", context)
