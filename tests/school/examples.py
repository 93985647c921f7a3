"""Objects of both schools for the addresses of accounts."""

from typing import Any

from allauth.mfa.models import Authenticator

from school.identity.models import User
from tests.world import World


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Passkeys of two colleagues outside the walk: a key opens to its owner alone."""
    keys = {
        whose: Authenticator.objects.create(
            user=User.objects.create_user(code=f"key-{whose}", full_name="Đồng Nghiệp"),
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Khoá chính", "credential": {}},
        )
        for whose in ("own", "other")
    }
    values = {whose: {"pk": key.pk} for whose, key in keys.items()}
    nowhere = {"own": {"provider_id": "khong-co"}}
    unknown = {"own": {"organization_slug": "khong-co"}}
    unlinked = {"own": {"idp": "khong-co"}}
    return {
        "impersonation:begin": {"own": {"person_id": world.a.student.pk}, "other": {"person_id": world.b.student.pk}},
        "mfa_remove_webauthn": values,
        "mfa_edit_webauthn": values,
        **dict.fromkeys(("openid_connect_login", "openid_connect_callback"), nowhere),
        **dict.fromkeys(("saml_acs", "saml_finish_acs", "saml_sls", "saml_metadata", "saml_login"), unknown),
        **dict.fromkeys(("upstream_confirm", "upstream_remove"), unlinked),
    }
