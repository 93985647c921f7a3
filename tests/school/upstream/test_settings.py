"""A mistake in the file of providers stops the start and is named."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import upstream

GOOD = """
[[idp]]
id = "so"
name = "Sở"
kind = "oidc"
server_url = "https://so.example"
client_id = "x"
client_secret = "y"
claim = "email"
match = "email"
"""


def read(tmp_path: Path, text: str) -> tuple[dict, dict]:  # type: ignore[type-arg]
    path = tmp_path / "idps.toml"
    path.write_text(text)
    return upstream.read(str(path), "truong.example")


@pytest.mark.pure
def test_a_claim_is_not_trusted_unless_the_office_says_so(tmp_path: Path) -> None:
    entries, _ = read(tmp_path, GOOD)
    assert (entries["so"]["trusted"], entries["so"]["verified_email"]) == (False, False)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "oidc"', 'kind = "ldap"', "entry 1: kind must be oidc or saml"),
        ('client_id = "x"', "", "entry 1: client_id is missing"),
        ("https://so", "http://so", "entry 1: only https addresses"),
        ('match = "email"', 'match = "full_name"', "entry 1: match must be one of"),
        ('id = "so"', 'id = "Sở GD"', "entry 1: id may have"),
        ('claim = "email"', 'claim = "email"\ntrusted = "yes"', "entry 1: trusted must be true or false"),
        ('claim = "email"', 'claim = "email"\ntrustd = true', "entry 1: unknown field trustd"),
        ("[[idp]]", "[[idp", "cannot be read"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said.replace("[", r"\[")):
        read(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.pure
def test_one_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="entry 2: the id so stands twice"):
        read(tmp_path, GOOD + GOOD)


@pytest.mark.pure
def test_a_missing_file_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="khong-co"):
        upstream.read("/khong-co.toml", "truong.example")
