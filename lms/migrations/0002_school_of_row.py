"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import SchoolOf, fill

# Parents first: their children copy from them.
FIELDS = [
    ("section", "course"),
    ("lesson", "course"),
    ("lessonmaterial", "lesson"),
    ("lessonprogress", "lesson"),
    ("watchprogress", "lesson"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("lms", "0001_initial"),
        ("organisation", "0002_employee"),
    ]

    operations = [
        operation
        for model, parent in FIELDS
        for operation in (
            migrations.AddField(model, "school", SchoolOf(parent, null=True)),
            fill("lms", model, parent),
            migrations.AlterField(model, "school", SchoolOf(parent)),
        )
    ]
