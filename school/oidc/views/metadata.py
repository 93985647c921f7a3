"""What applications read to set themselves up (OpenID Connect Discovery 1.0)."""

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from school.oidc.keys import issuer, public_keys

CACHE_SECONDS = 3600


def _open(data: dict[str, object]) -> JsonResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"max-age={CACHE_SECONDS}, must-revalidate"}
    return JsonResponse(data, headers=headers)


def _url(name: str) -> str:
    # From the issuer, never from the Host header: the platform may answer under several names.
    return issuer() + reverse(f"idp:oidc:{name}")


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """What this provider offers, and nothing that the library could do besides."""
    methods = ["client_secret_basic", "client_secret_post"]
    return _open(
        {
            "issuer": issuer(),
            "authorization_endpoint": _url("authorization"),
            "token_endpoint": _url("token"),
            "userinfo_endpoint": _url("userinfo"),
            "jwks_uri": _url("jwks"),
            "introspection_endpoint": _url("introspect"),
            "revocation_endpoint": _url("revoke"),
            "end_session_endpoint": _url("logout"),
            "scopes_supported": ["openid", "profile", "email", "roles"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [*methods, "none"],
            "introspection_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": [*methods, "none"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent"],
            "claims_supported": [
                *("sub", "iss", "aud", "exp", "iat", "auth_time", "amr", "sid", "nonce", "at_hash"),
                *("name", "given_name", "family_name", "preferred_username", "locale", "email", "email_verified"),
                *("school", "schools", "roles", "groups"),
            ],
            "ui_locales_supported": ["vi", "en"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
    )


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The public halves of the signing keys, the next one included."""
    return _open({"keys": public_keys()})
