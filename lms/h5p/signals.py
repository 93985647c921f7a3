"""News for the rooms above."""

from django.dispatch import Signal

# sender=Result, result, user, content, context ("" or the text the room above gave the player), finished (bool:
# an attempt was finished just now, not only begun).
result_recorded = Signal()
