"""The icons of the sprite, by their names in @tabler/icons (outline).

Add the name here before using it; the build makes the sprite again when this list changes.
"""

_LISTED = """
    abc adjustments-horizontal alert-circle alert-triangle arrow-back-up atom ban bell bold book book-2 bookmark books
    building building-community building-monument calendar-event calendar-week chart-bar check chevron-down
    chevron-left chevron-right chevron-up circle-check circle-dot clipboard-check clipboard-text clock cloud-check
    cloud-upload copy device-mobile dots download edit external-link eye eye-off feather file-spreadsheet file-text
    filter flag headphones heart history home id info-circle italic key language link list list-check lock logout
    map-pin math-function menu-2 message-circle messages mood-empty news notebook package paperclip pencil phone photo
    player-play player-pause plus presentation printer progress puzzle qrcode refresh school search send settings
    sort-ascending speakerphone star stethoscope sun table trash trending-down trending-up upload user user-check
    user-x users users-group video wallet wifi-off world writing x
"""
NAMES = frozenset(_LISTED.split())
