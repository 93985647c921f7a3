"""Every write about people, their accounts and posts."""

from school.people.services.accounts import factor_reset, facts_change, password_reset
from school.people.services.bulk import bulk_cancel, bulk_confirm, bulk_prepare, bulk_undo, sheet_fetch
from school.people.services.merging import merge_do
from school.people.services.posts import post_end, post_give

__all__ = [
    "bulk_cancel",
    "bulk_confirm",
    "bulk_prepare",
    "bulk_undo",
    "factor_reset",
    "facts_change",
    "merge_do",
    "password_reset",
    "post_end",
    "post_give",
    "sheet_fetch",
]
