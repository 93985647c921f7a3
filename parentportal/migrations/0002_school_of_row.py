"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import school_of_rows


class Migration(migrations.Migration):
    dependencies = [
        ("parentportal", "0001_initial"),
        ("organisation", "0002_employee"),
    ]

    operations = school_of_rows(
        "parentportal",
        {
            "message": "thread",
            "receipt": "thread",
        },
    )
