"""Addresses for the matrix of rights."""

from typing import Any

from school.portal.services import news_publish, portal_for
from tests.world import World


def examples(world: World) -> dict[str, dict[str, Any]]:
    """Portals are public: the example of school B is as open as school A's."""
    for school in (None, world.a.school, world.b.school):
        news_publish(home=portal_for(school), title="Tin thử", lead="Tin.", text="Nội dung.", slug="tin-thu")
    path = "tin-tuc/tin-thu/"
    return {
        "portal:news-page": {"own": {"path": "tin-thu/"}},
        "portal:school": {"own": {"slug": world.a.school.slug}, "other": {"slug": world.b.school.slug}},
        "portal:school-page": {
            "own": {"slug": world.a.school.slug, "path": path},
            "other": {"slug": world.b.school.slug, "path": path},
        },
        "portal:page": {"own": {"path": path}},
        "portal:picture": {"own": {"name": "khong-co.webp"}},
    }
