"""Rows keep their school beside their parent's, for row level security."""

from django.db import migrations

from school.row_security.fields import school_of_rows


class Migration(migrations.Migration):
    dependencies = [
        ("gradebook", "0002_log_append_only"),
        ("organisation", "0002_employee"),
    ]

    operations = school_of_rows(
        "gradebook",
        {
            "markcolumn": "sheet",
            "mark": "column",
            "termresult": "sheet",
            "absencesession": "school_class",
            "remark": "school_class",
        },
    )
