"""Two other institutions: a real OpenID provider over HTTP, and a SAML provider with its own keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import oidc_provider_mock
import pytest
from django.test import Client

from config.settings import upstream
from tests.school.upstream.saml_idp import ENTITY, SSO, SamlIdp

HOST = "localhost:8000"


@dataclass
class OidcIdp:
    """The department's provider: who is signed in there, with which claims."""

    base: str

    def person(self, sub: str, **claims: Any) -> None:
        """Make somebody known there."""
        httpx.put(f"{self.base}/users/{sub}", json=claims).raise_for_status()

    def consent(self, address: str, sub: str) -> str:
        """Sign in there as ``sub`` and come back with the address that carries the code."""
        answer = httpx.post(address, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])


@pytest.fixture(scope="session")
def oidc() -> Iterator[OidcIdp]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield OidcIdp(f"http://localhost:{server.server_port}")


@pytest.fixture(scope="session")
def saml() -> SamlIdp:
    return SamlIdp()


@pytest.fixture
def providers(settings: Any, tmp_path: Path) -> Callable[[str], None]:
    """Put a file of providers into force, as ``UPSTREAM_IDPS`` would at the start."""

    def use(text: str) -> None:
        path = tmp_path / "idps.toml"
        path.write_text(text)
        settings.UPSTREAM, settings.SOCIALACCOUNT_PROVIDERS = upstream.read(str(path), HOST)

    return use


def oidc_entry(oidc: OidcIdp, *, claim: str = "email", match: str = "email", trusted: bool = False) -> str:
    return f"""
        [[idp]]
        id = "so-giao-duc"
        name = "Sở Giáo dục"
        kind = "oidc"
        server_url = "{oidc.base}"
        client_id = "mai-truong"
        client_secret = "bi-mat"
        claim = "{claim}"
        match = "{match}"
        trusted = {str(trusted).lower()}
    """


def saml_entry(saml: SamlIdp, *, trusted: bool = True) -> str:
    return f"""
        [[idp]]
        id = "dai-hoc"
        name = "Đại học"
        kind = "saml"
        entity_id = "{ENTITY}"
        sso_url = "{SSO}"
        x509cert = "{saml.certificate}"
        claim = "urn:oid:0.9.2342.19200300.100.1.1"
        match = "code"
        trusted = {str(trusted).lower()}
    """


class Browser(Client):
    """A browser on the platform's host."""

    def __init__(self) -> None:
        super().__init__(headers={"host": HOST})

    def through(self, oidc: OidcIdp, sub: str, *, process: str = "login") -> Any:
        """Press the department's button, sign in there as ``sub``, come back; gives our answer."""
        away = self.get("/dang-nhap/noi/oidc/so-giao-duc/login/", {"process": process})
        assert away.status_code == 302, away.content.decode()
        back = oidc.consent(away.headers["Location"], sub)
        return self.get(back.removeprefix(f"http://{HOST}"))

    @property
    def user_id(self) -> str | None:
        return self.session.get("_auth_user_id")
