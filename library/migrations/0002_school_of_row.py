"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import SchoolOf, fill


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0001_initial"),
        ("organisation", "0002_employee"),
    ]

    operations = [
        migrations.AddField("readingposition", "school", SchoolOf("ebook", null=True)),
        fill("library", "readingposition", "ebook"),
    ]
