"""News about people that rooms above hear."""

from django.dispatch import Signal

#: Two accounts became one: kept (User), closed (User), by (User); sent within the transaction, after the rows have moved.
people_merged = Signal()
