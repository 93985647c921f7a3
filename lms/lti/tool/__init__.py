"""We are the tool: a Moodle or a Canvas launches our lessons."""
