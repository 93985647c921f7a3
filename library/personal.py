"""Which rows of the library are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import LOANS, TRACES, contribute, excuse

contribute(
    "library.Loan",
    "borrower",
    title=_("Loans"),
    kind=LOANS,
    fields=("item__record__title", "lent_at", "due", "returned_at"),
    dated="returned_at",
)
contribute(
    "library.ReadingPosition",
    "reader",
    title=_("E-books read"),
    kind=TRACES,
    fields=("ebook__record__title", "fraction", "updated_at"),
    dated="updated_at",
    erasable=True,
)
_WORK = "Says which librarian did it."
excuse("library.Loan", "lent_by", "returned_to", reason=_WORK)
excuse("library.Record", "created_by", reason=_WORK)
excuse("library.EBook", "created_by", reason=_WORK)
