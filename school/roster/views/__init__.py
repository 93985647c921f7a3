"""Pages of the lists."""

from school.roster.views import columns, imports, oneroster, people, slips

__all__ = ["columns", "imports", "oneroster", "people", "slips"]
