"""What other rooms may need to hear of."""

from django.dispatch import Signal

# A yes was taken back: child, purpose (privacy.Purpose). Sent inside the transaction.
consent_withdrawn = Signal()
