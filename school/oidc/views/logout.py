"""Signing out from an application's own button (OpenID Connect RP-Initiated Logout 1.0)."""

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.logout import logout as account_logout
from allauth.core.internal.httpkit import add_query_params
from allauth.idp.oidc.forms import RPInitiatedLogoutForm
from allauth.idp.oidc.views import LogoutView
from django.http import HttpResponse

from school.oidc import guard
from school.oidc.keys import claims_unverified
from school.oidc.models import Grant
from school.oidc.selectors import application_of
from school.oidc.services import grants_end
from school.sso.services import SID

from .authorize import Away, refused


class LogoutForm(RPInitiatedLogoutForm):  # type: ignore[misc]
    """The way back must be, letter by letter, one that the office wrote down."""

    def clean_client_id(self) -> str:
        """What can be no client's id is none: the library would ask the database for it."""
        found = str(self.cleaned_data["client_id"])
        return found if guard.CLIENT_ID.fullmatch(found) else ""

    def clean(self) -> dict[str, Any] | None:
        wanted = self.cleaned_data.get("post_logout_redirect_uri")
        data: dict[str, Any] | None = super().clean()
        if data is None or not wanted:
            return data
        client = data.get("client")
        application = application_of(client.pk) if client else None
        if application is None or wanted not in application.client.get_post_logout_redirect_uris():
            self.add_error("post_logout_redirect_uri", "unknown")
        return data


class EndSessionView(LogoutView):  # type: ignore[misc]
    """Whoever asks with a token of this very sign-in is signed out; anybody else asks the person first."""

    form_class = LogoutForm

    def form_invalid(self, form: LogoutForm) -> HttpResponse:
        return refused(self.request, guard.Refused("logout", str(form.data.get("client_id", ""))))

    def _must_ask(self, form: LogoutForm) -> bool:
        if super()._must_ask(form):
            return True
        hint = claims_unverified(form.data.get("id_token_hint", ""))
        return bool(self.request.user.is_authenticated) and hint.get("sid") != self.request.session.get(SID)

    def _handle(self, form: LogoutForm, op_logout: bool) -> HttpResponse:
        request, data = self.request, form.cleaned_data
        client, address = data["client"], data["post_logout_redirect_uri"]
        if request.user.is_authenticated and op_logout:
            account_logout(request, show_message=not address)
        elif request.user.is_authenticated and client:
            grants_end(Grant.objects.filter(client=client, sid=request.session.get(SID, "")), tell=False)
        if not address:
            return Away(account_adapter().get_logout_redirect_url(request))
        return Away(add_query_params(address, {"state": data["state"]}) if data["state"] else address)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The question; its form may lead back to the application."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        address = context["form"].cleaned_data.get("post_logout_redirect_uri") if context["form"].is_bound else ""
        if address:
            response._csp_config = guard.form_policy(address)  # type: ignore[attr-defined]
        return response


end_session = EndSessionView.as_view()
