"""The list of external tools: connecting, changing, turning off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lti.addresses import settings_of
from lms.lti.forms import ToolForm
from lms.lti.models import Tool
from lms.lti.platform.registering import nodes_of, tool_save, tool_switch, tools_of
from school.identity.requests import person
from school.policy import access, recently_confirmed


def _tool(request: HttpRequest, tool_id: int) -> Tool:
    return get_object_or_404(tools_of(person(request)), pk=tool_id)


@access("lti.Tool", "manage")
@require_safe
def tools(request: HttpRequest) -> HttpResponse:
    """All that the person manages, by name."""
    return render(request, "lti/tools.html", {"tools": tools_of(person(request))})


@access("lti.Tool", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def tool_new(request: HttpRequest) -> HttpResponse:
    """Connect one more."""
    form = ToolForm(request.POST or None, nodes=nodes_of(person(request)))
    if request.method == "POST" and form.is_valid():
        made = tool_save(node=form.cleaned_data["node"], values=form.values(), by=person(request))
        return redirect("lti:tool", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "lti/tool_form.html", {"form": form, "settings": settings_of()}, status=status)


@access("lti.Tool", "manage")
@require_safe
def tool(request: HttpRequest, tool_id: int) -> HttpResponse:
    """What is typed into the tool, and what it may do here."""
    return render(request, "lti/tool.html", {"tool": _tool(request, tool_id), "settings": settings_of()})


@access("lti.Tool", "manage")
@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def tool_edit(request: HttpRequest, tool_id: int) -> HttpResponse:
    """Change its addresses, its keys and what it may do."""
    found = _tool(request, tool_id)
    form = ToolForm(request.POST or None, nodes=nodes_of(person(request)), tool=found)
    if request.method == "POST" and form.is_valid():
        tool_save(node=form.cleaned_data["node"], values=form.values(), tool=found, by=person(request))
        messages.success(request, _("Saved."))
        return redirect("lti:tool", found.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "tool": found, "settings": settings_of()}
    return render(request, "lti/tool_form.html", context, status=status)


@access("lti.Tool", "manage")
@recently_confirmed
@require_POST
def tool_turn(request: HttpRequest, tool_id: int) -> HttpResponse:
    """On or off."""
    tool_switch(tool=_tool(request, tool_id), on=request.POST.get("on") == "1", by=person(request))
    messages.success(request, _("Saved."))
    return redirect("lti:tool", tool_id)
