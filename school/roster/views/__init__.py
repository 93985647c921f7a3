"""Pages of the lists."""

from school.roster.views import columns, imports, people, slips

__all__ = ["columns", "imports", "people", "slips"]
