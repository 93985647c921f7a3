"""Pages of the lists."""

from school.roster.views import imports, people, slips

__all__ = ["imports", "people", "slips"]
