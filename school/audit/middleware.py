"""While a request is answered, the trail knows who asked and from where."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .context import asking, origin_of


class OriginMiddleware:
    """Stands behind the authentication; costs nothing until something is written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asking(lambda: origin_of(request)):
            return self.get_response(request)
