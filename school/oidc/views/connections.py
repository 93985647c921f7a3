"""The applications a person is connected with."""

from allauth.idp.oidc.models import Client
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from school.identity.requests import person
from school.oidc.selectors import connections_of
from school.oidc.services import connection_end
from school.policy import signed_in


@signed_in
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """What was allowed to whom, and since when."""
    return render(request, "oidc/connections.html", {"connections": connections_of(person(request))})


@signed_in
@require_POST
def disconnect(request: HttpRequest, client_id: str) -> HttpResponse:
    """Take it back."""
    mine = [row.client.pk for row in connections_of(person(request))]
    client = get_object_or_404(Client, pk=client_id, pk__in=mine)
    connection_end(user=person(request), client=client)
    messages.success(request, _("“%(name)s” is no longer connected.") % {"name": client.name})
    return redirect("oidc:connections")
