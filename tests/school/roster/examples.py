"""Addresses of the lists for the matrix of rights."""

from typing import Any

from school.roster.models import ColumnLayout, OneRosterSet, RosterImport, SlipJob
from school.roster.rest.operations import OPERATIONS
from tests.world import World


def examples(world: World) -> dict[str, dict[str, Any]]:
    """One class, one import and one sheet of slips in each school."""
    lists, jobs, layouts, sets = {}, {}, {}, {}
    places = {"own": world.office, "other": world.a.school.node}
    for name, node in places.items():
        sets[name] = OneRosterSet.objects.create(
            node=node, file_name="x.zip", state="preview", by=world.office_admin
        ).pk
    for name, cast in (("own", world.a), ("other", world.b)):
        lists[name] = RosterImport.objects.create(
            school=cast.school, kind="students", file_name="hs.xlsx", sha256="0" * 64, by=cast.school_admin, content=b""
        ).pk
        layouts[name] = ColumnLayout.objects.create(
            school=cast.school, kind="students", fingerprint="0" * 64, name="Mẫu", columns={}
        ).pk
        jobs[name] = SlipJob.objects.create(
            school_class=cast.class1, by=cast.school_admin, sign_in_address="localhost/dang-nhap/", state="fetched"
        ).pk
    classes = {"own": world.a.class1.pk, "other": world.b.class1.pk}

    def each(key: str, ids: dict[str, int], **more: Any) -> dict[str, Any]:
        return {whose: {key: pk, **more} for whose, pk in ids.items()}

    return {
        "roster:class": each("class_id", classes),
        "roster:class-excel": each("class_id", classes),
        "roster:import": each("import_id", lists),
        **{f"roster:oneroster-{name}": each("set_id", sets) for name in ("set", "confirm", "cancel", "report")},
        "roster:import-columns": each("import_id", lists),
        "roster:layout-forget": each("layout_id", layouts),
        "roster:import-confirm": each("import_id", lists),
        "roster:import-cancel": each("import_id", lists),
        "roster:import-report": each("import_id", lists, form="csv"),
        "roster:slips-class": each("class_id", classes),
        "roster:slips-job": each("job_id", jobs),
        "roster:slips-sheet": each("job_id", jobs),
        # Nobody's sign-in opens these: an application shows a token (tests/school/roster/rest/test_rights.py walks them).
        **{f"oneroster:{one.name}": {"own": dict.fromkeys(one.takes, "x")} for one in OPERATIONS if one.takes},
    }
