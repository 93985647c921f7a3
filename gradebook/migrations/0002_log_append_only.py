"""PostgreSQL itself refuses to change or delete a row of the log; elsewhere the model does."""

from django.db import migrations

GUARD = """
CREATE FUNCTION gradebook_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of marks is only added to';
END $$;
CREATE TRIGGER gradebook_log_append_only BEFORE UPDATE OR DELETE ON gradebook_marklog
    FOR EACH ROW EXECUTE FUNCTION gradebook_log_append_only();
"""
UNGUARD = """
DROP TRIGGER gradebook_log_append_only ON gradebook_marklog;
DROP FUNCTION gradebook_log_append_only();
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UNGUARD)


class Migration(migrations.Migration):
    dependencies = [("gradebook", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
