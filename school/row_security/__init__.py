"""The second line behind the policy, on PostgreSQL: row level security by school.

While a view runs, its connection has the role ``ROW_SECURITY_ROLE``, which owns no table, and the database itself shows only rows
of the person's schools, children and own: a forgotten filter finds nothing. On SQLite only the first line, the policy, holds.
"""

from .context import Reach, fenced, unfenced
from .fields import SchoolOf
from .tables import excuse, through, when

__all__ = ["Reach", "SchoolOf", "excuse", "fenced", "through", "unfenced", "when"]
