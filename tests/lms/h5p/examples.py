"""URL examples for the matrix of rights."""

from typing import Any

from django.core import signing

from lms.h5p.models import Library
from tests.lms.h5p.packages import install
from tests.world import World


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """A content of school A's teacher and one of school B's; libraries belong to nobody's school."""
    install(world.office_admin)
    own, other = install(world.a.teacher, world.a.school), install(world.b.teacher, world.b.school)
    library = Library.objects.get(machine_name="MaiTruong.QuickCheck")
    found: dict[str, dict[str, dict[str, Any]]] = {
        f"h5p:{name}": {"own": {"pk": own.pk}, "other": {"pk": other.pk}}
        for name in ("content", "play", "result", "state")
    }
    found["h5p:library"] = {"own": {"pk": library.pk}}
    page = signing.dumps([world.a.teacher.pk, own.pk, ""], salt="h5p.page")
    stranger = signing.dumps([world.a.teacher.pk, other.pk, ""], salt="h5p.page")
    found["play"] = {"own": {"token": page}, "other": {"token": stranger}}
    files = signing.dumps([world.a.teacher.pk, own.pk, ""], salt="h5p.files")
    found["content-file"] = {"own": {"token": files, "file": "images/x.png"}}
    found["library-file"] = {"own": {"folder": "MaiTruong.QuickCheck-1.0.0", "file": "quick-check.js"}}
    return found
