"""News of sign-ins for the apps above."""

from django.dispatch import Signal

# ``sids``: the sign-ins of which no session is left on any host.
sign_in_ended = Signal()
