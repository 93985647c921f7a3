"""What an application learns of a person, by the scopes it was given."""

from collections.abc import Iterable
from typing import Any

from school.identity.models import User
from school.organisation.models import School
from school.policy import Actor, Role

OFFICE = "office"


def email_of(user: User) -> dict[str, Any]:
    """The roster's address. Applications join accounts by a verified one, so an address of two people is not called verified."""
    if not user.email:
        return {}
    shared = User.objects.filter(email__iexact=user.email, is_active=True).exclude(pk=user.pk).exists()
    return {"email": user.email, "email_verified": not shared}


def profile_of(user: User) -> dict[str, Any]:
    """Name, code and language."""
    claims = {
        "name": user.full_name,
        "given_name": user.given_name,
        "family_name": user.family_middle,
        "preferred_username": user.code,
        "locale": user.language,
    }
    return {key: value for key, value in claims.items() if value}


def roles_of(user: User) -> dict[str, Any]:
    """Today's roles by school: structured, and flat for applications that understand strings alone.

    ``groups`` reads "thcs-ngoc-lam:teacher"; the office's administrators are in "office:office_admin". ``school`` is the first
    school: where the person learns, else works, else has a child.
    """
    actor = Actor.of(user)
    by_school: dict[int, list[str]] = {}
    order = sorted(Role, key=lambda role: (role != Role.STUDENT, role == Role.PARENT))
    for role in order:
        for school_id in sorted(actor.schools(role)):
            by_school.setdefault(school_id, []).append(role.value)
    schools = School.objects.in_bulk(list(by_school))
    found = [(schools[pk], roles) for pk, roles in by_school.items() if pk in schools]
    groups = [f"{school.slug}:{role}" for school, roles in found for role in roles]
    if actor.node_paths:
        groups.append(f"{OFFICE}:{Role.OFFICE_ADMIN.value}")
    claims: dict[str, Any] = {
        "roles": [role.value for role in Role if role in actor.roles],
        "groups": groups,
        "schools": [
            {"code": school.code, "slug": school.slug, "name": school.name, "roles": roles} for school, roles in found
        ],
    }
    if found:
        claims["school"] = found[0][0].slug
    return claims


def claims_of(user: User, scopes: Iterable[str]) -> dict[str, Any]:
    """Everything that the scopes open."""
    wanted = set(scopes)
    found: dict[str, Any] = {}
    if "profile" in wanted:
        found |= profile_of(user)
    if "email" in wanted:
        found |= email_of(user)
    if "roles" in wanted:
        found |= roles_of(user)
    return found
