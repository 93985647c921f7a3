"""Pages of the house itself."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from school.policy import public


@public
def health(request: HttpRequest) -> HttpResponse:
    """Whether web and database answer; for a load balancer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
