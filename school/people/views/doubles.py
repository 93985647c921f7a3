"""Accounts that are probably one person's: the pairs, and one pair side by side."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from school.identity.models import User
from school.identity.requests import person
from school.people import selectors
from school.people.facts import FACTS
from school.people.processing import merging
from school.people.services import merge_do
from school.policy import access, recently_confirmed, visible


@access("identity.User", "merge")
@require_safe
def doubles(request: HttpRequest) -> HttpResponse:
    """Likely doubles among the people one may merge."""
    page = Paginator(selectors.doubles_of(person(request)), 30).get_page(request.GET.get("page"))
    return render(
        request, "people/doubles.html", {"page": page, "pairs": selectors.pairs_shown(list(page.object_list))}
    )


@recently_confirmed
@access("identity.User", "merge")
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, first_id: int, second_id: int) -> HttpResponse:
    """Two accounts side by side: which is kept, which facts hold, what moves, what stands in the way."""
    if first_id == second_id:
        raise Http404
    mine = visible(person(request), User, "merge").exclude(pk=person(request).pk)
    first, second = get_object_or_404(mine, pk=first_id), get_object_or_404(mine, pk=second_id)
    keep = request.POST.get("keep") or request.GET.get("keep", "")
    kept, closed = (second, first) if keep == str(second.pk) else (first, second)
    if request.method == "POST" and request.POST.get("yes"):
        chosen = {name: request.POST.get(f"from_{name}", "kept") for name in FACTS}
        try:
            merge_do(kept=kept, closed=closed, chosen=chosen, by=person(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The two accounts are one now."))
            return redirect("people:person", person_id=kept.pk)
    context: dict[str, Any] = {
        "kept": kept,
        "closed": closed,
        "facts": selectors.facts_beside(kept, closed),
        "plan": merging.preview(kept, closed),
    }
    return render(request, "people/pair.html", context)
