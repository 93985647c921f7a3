"""Other institutions' sign-in (a department's, a university's), read from the file that ``UPSTREAM_IDPS`` names; none without it.

The file is TOML, one ``[[idp]]`` per provider; docs/operations.md shows one. A mistake in it stops the start and is named.
"""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

MATCHES = ("code", "email", "ministry_code", "citizen_id")
NEEDED = {"oidc": ("server_url", "client_id", "client_secret"), "saml": ("entity_id", "sso_url", "x509cert")}
KNOWN = {
    "id",
    "name",
    "kind",
    "claim",
    "match",
    "trusted",
    "verified_email",
    "scopes",
    *NEEDED["oidc"],
    *NEEDED["saml"],
}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _check(entry: dict[str, Any], where: str) -> None:
    """Raises ImproperlyConfigured with the entry and the field that is wrong."""
    kind = entry.get("kind")
    if kind not in NEEDED:
        raise ImproperlyConfigured(f"{where}: kind must be oidc or saml, not {kind!r}.")
    for field in ("id", "name", "claim", *NEEDED[kind]):
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            raise ImproperlyConfigured(f"{where}: {field} is missing.")
    if unknown := sorted(set(entry) - KNOWN):
        raise ImproperlyConfigured(f"{where}: unknown field {unknown[0]}.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,38}", entry["id"]):
        raise ImproperlyConfigured(f"{where}: id may have small letters, digits and hyphens, up to 39.")
    if entry.get("match") not in MATCHES:
        raise ImproperlyConfigured(f"{where}: match must be one of {', '.join(MATCHES)}.")
    for field in ("trusted", "verified_email"):
        if not isinstance(entry.get(field, False), bool):
            raise ImproperlyConfigured(f"{where}: {field} must be true or false.")
    address = urlsplit(entry["server_url" if kind == "oidc" else "sso_url"])
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"{where}: only https addresses are asked, not {address.geturl()}.")


def _app(entry: dict[str, Any], local: bool) -> dict[str, Any]:
    """The entry as allauth wants it."""
    common = {"name": entry["name"], "provider_id": entry["id"]}
    if entry["kind"] == "oidc":
        settings = {
            "server_url": entry["server_url"],
            "oauth_pkce_enabled": True,
            "scope": entry.get("scopes", ["openid", "profile", "email"]),
        }
        return {**common, "client_id": entry["client_id"], "secret": entry["client_secret"], "settings": settings}
    settings = {
        "idp": {"entity_id": entry["entity_id"], "sso_url": entry["sso_url"], "x509cert": entry["x509cert"]},
        "advanced": {
            "strict": True,
            "want_assertion_signed": True,
            "reject_deprecated_algorithm": True,
            "reject_idp_initiated_sso": True,
            "allow_single_label_domains": local,
        },
        "attribute_mapping": {"uid": "urn:oasis:names:tc:SAML:attribute:subject-id"},
    }
    return {**common, "client_id": entry["id"], "settings": settings}


def read(path: str, platform_host: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """(our entries by their id, allauth's SOCIALACCOUNT_PROVIDERS) of the file; both empty for an empty path.

    Raises ImproperlyConfigured when the file cannot be read or an entry is wrong.
    """
    if not path:
        return {}, {}
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"UPSTREAM_IDPS: {path} cannot be read: {error}") from error
    entries: dict[str, dict[str, Any]] = {}
    providers: dict[str, Any] = {"openid_connect": {"APPS": []}, "saml": {"APPS": []}}
    local = "." not in platform_host.split(":")[0]
    for number, entry in enumerate(found.get("idp", []), start=1):
        where = f"UPSTREAM_IDPS, entry {number}"
        _check(entry, where)
        if entry["id"] in entries:
            raise ImproperlyConfigured(f"{where}: the id {entry['id']} stands twice.")
        entries[entry["id"]] = {key: entry.get(key) for key in ("id", "name", "kind", "claim", "match")} | {
            "trusted": entry.get("trusted", False),
            "verified_email": entry.get("verified_email", False),
        }
        providers["openid_connect" if entry["kind"] == "oidc" else "saml"]["APPS"].append(_app(entry, local))
    return entries, providers
