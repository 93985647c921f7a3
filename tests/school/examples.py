"""Objects of both schools for the addresses of accounts."""

from typing import Any

from allauth.mfa.models import Authenticator

from tests.world import World


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """A passkey of a teacher of each school."""
    keys = {
        whose: Authenticator.objects.create(
            user=cast.teacher, type=Authenticator.Type.WEBAUTHN, data={"name": "Khoá chính", "credential": {}}
        )
        for whose, cast in (("own", world.a), ("other", world.b))
    }
    values = {whose: {"pk": key.pk} for whose, key in keys.items()}
    return {"mfa_remove_webauthn": values, "mfa_edit_webauthn": values}
