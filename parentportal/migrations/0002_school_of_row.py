"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import SchoolOf, fill


class Migration(migrations.Migration):
    dependencies = [
        ("parentportal", "0001_initial"),
        ("organisation", "0002_employee"),
    ]

    operations = [
        migrations.AddField("message", "school", SchoolOf("thread", null=True)),
        fill("parentportal", "message", "thread"),
        migrations.AlterField("message", "school", SchoolOf("thread")),
        migrations.AddField("receipt", "school", SchoolOf("thread", null=True)),
        fill("parentportal", "receipt", "thread"),
        migrations.AlterField("receipt", "school", SchoolOf("thread")),
    ]
