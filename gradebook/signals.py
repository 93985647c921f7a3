"""News that the gradebook sends upwards; both are sent after the transaction that made them."""

from django.dispatch import Signal

#: Marks were made readable: sheet (MarkSheet), students (ids of those with new or changed marks), by (User).
marks_published = Signal()

#: An absence was recorded, or its excuse changed: absence (AbsenceSession), created (bool), by (User).
absence_recorded = Signal()
