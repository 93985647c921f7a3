"""Each group of a sheet gets the state that the whole sheet had; primary sheets get a remark of the midterm as well."""

from django.db import migrations

PRIMARY = "27/2020/TT-BGDĐT"


def groups_of_columns(apps, schema_editor):
    columns = apps.get_model("gradebook", "MarkColumn").objects
    for kind in ("TX", "GK"):
        columns.filter(kind=kind).update(group=kind)


def remarks_of_two_moments(apps, schema_editor):
    """A primary sheet's one remark was that of the end of term: it becomes the second."""
    columns = apps.get_model("gradebook", "MarkColumn").objects
    for remark in columns.filter(sheet__circular=PRIMARY, kind="NX", number=1):
        columns.filter(pk=remark.pk).update(number=2, order=remark.order + 1)
        before = columns.filter(sheet=remark.sheet_id, group="GK").order_by("-order").first()
        place = before.order + 1 if before else 0
        for later in columns.filter(sheet=remark.sheet_id, order__gte=place).exclude(pk=remark.pk):
            columns.filter(pk=later.pk).update(order=later.order + 1)
        columns.create(
            sheet_id=remark.sheet_id, school_id=remark.school_id, kind="NX", number=1, weight=0, scale="text",
            group="GK", order=place,
        )  # fmt: skip


def states_of_groups(apps, schema_editor):
    sheets = apps.get_model("gradebook", "MarkSheet").objects
    columns = apps.get_model("gradebook", "MarkColumn").objects
    for group in ("TX", "GK", "CK"):
        having = columns.filter(group=group).values("sheet")
        for state in ("open", "submitted", "locked", "signed"):
            sheets.filter(pk__in=having, state=state).update(**{f"state_{group.lower()}": state})


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0004_states_windows_corrections")]

    operations = [
        migrations.RunPython(groups_of_columns, migrations.RunPython.noop),
        migrations.RunPython(remarks_of_two_moments, migrations.RunPython.noop),
        migrations.RunPython(states_of_groups, migrations.RunPython.noop),
    ]
