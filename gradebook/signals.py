"""News that the gradebook sends upwards; both are sent after the transaction that made them."""

from django.dispatch import Signal

#: Marks were made readable: sheet (MarkSheet), students (ids of those with new or changed marks), by (User).
marks_published = Signal()

#: An absence was recorded, or its excuse changed: absence (AbsenceSession), created (bool), by (User).
absence_recorded = Signal()

#: A correction of locked marks was approved and families had read what stood there: correction (Correction), students (ids
#: of those whose published marks changed).
marks_corrected = Signal()

#: A family's request to look at a mark again was answered: review (MarkReview).
review_answered = Signal()
