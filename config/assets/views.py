"""The installed app: its worker, its manifest and the page shown without a network."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from school.policy import public


@public
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the worker from the root, so that its scope is the whole site; a changed file makes a new cache."""
    values = {"offline": reverse("offline"), "static_url": settings.STATIC_URL, "version": ""}
    version = hashlib.sha256(render_to_string("sw.js", values).encode()).hexdigest()[:12]
    body = render_to_string("sw.js", values | {"version": version})
    return HttpResponse(body, content_type="text/javascript")


@public
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the app that a phone can put on its home screen."""
    icons = [
        {"src": static("ui/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        {"src": static("ui/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": static("ui/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": static("ui/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    described = {
        "id": "/",
        "name": "Mái Trường",
        "short_name": "Mái Trường",
        "description": gettext("Library, lessons, marks and contact book in one place"),
        "lang": request.LANGUAGE_CODE,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f5f0",
        "theme_color": "#5638c4",
        "icons": icons,
    }
    return JsonResponse(described, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@public
def offline(request: HttpRequest) -> HttpResponse:
    """Say that there is no network; the worker keeps this page, so it holds nothing personal."""
    return render(request, "offline.html")
