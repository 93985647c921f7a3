"""The editors' corner asks today's appointments, not those of the day when somebody was put into a group."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from school.portal.services import editor_sync


class EditorRightsMiddleware:
    """Before anything below /admin/ is answered, the person's editing groups are brought up to date."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sync and go on."""
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            editor_sync(request.user)
        return self.get_response(request)
