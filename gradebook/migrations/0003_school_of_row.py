"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import SchoolOf, fill

# Parents first: their children copy from them.
FIELDS = [
    ("markcolumn", "sheet"),
    ("mark", "column"),
    ("termresult", "sheet"),
    ("absencesession", "school_class"),
    ("remark", "school_class"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("gradebook", "0002_log_append_only"),
        ("organisation", "0002_employee"),
    ]

    operations = [
        operation
        for model, parent in FIELDS
        for operation in (
            migrations.AddField(model, "school", SchoolOf(parent, null=True)),
            fill("gradebook", model, parent),
            migrations.AlterField(model, "school", SchoolOf(parent)),
        )
    ]
