"""An application of the office for the addresses of its pages; applications belong to no school."""

from typing import Any

from allauth.idp.oidc.models import Client

from school.oidc.models import Application
from tests.world import World


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """The office's application, and one that was never made an application of any office."""
    own = Client.objects.create(id="oidc-own", name="Moodle", redirect_uris="https://moodle.example/back")
    other = Client.objects.create(id="oidc-other", name="Nextcloud", redirect_uris="https://cloud.example/back")
    Application.objects.create(client=own, office=world.office)
    values = {"own": {"client_id": own.pk}, "other": {"client_id": other.pk}}
    names = ("application", "application-edit", "application-secret", "application-turn", "disconnect")
    return {f"oidc:{name}": values for name in names}
