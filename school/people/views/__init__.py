"""Pages about people."""

from school.people.views import bulk, directory, doubles, person

__all__ = ["bulk", "directory", "doubles", "person"]
