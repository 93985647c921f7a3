"""News of the media rooms, for the rooms above."""

from django.dispatch import Signal

# A file can be shown: sent once per published full set (or accepted document), after the transaction committed.
# Arguments: asset_id (uuid.UUID).
asset_ready = Signal()
