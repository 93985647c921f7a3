"""The page of a failure that is ours, with a reference that leads to the log."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a short reference, logged beside the address so that an administrator finds the traceback."""
    reference = secrets.token_hex(3).upper()
    logger.error("Reference %s: %s %s failed", reference, request.method, request.path)
    return render(request, "500.html", {"reference": reference}, status=500)
