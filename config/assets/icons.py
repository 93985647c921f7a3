"""The icons of the sprite, by their names in @tabler/icons (outline).

Add the name here before using it; the build makes the sprite again when this list changes.
"""

_LISTED = """
    abc adjustments alert-circle alert-triangle arrow-back-up atom ban bold book book-2 books building-monument calendar-event
    chart-bar check chevron-down chevron-left chevron-right chevron-up circle-check circle-dot clipboard-check clock
    cloud-check cloud-upload copy dots download edit external-link eye eye-off feather file-spreadsheet file-text
    headphones history home id info-circle italic key language link list list-check lock logout map-pin
    math-function menu-2 message-circle messages mood-empty news notebook package paperclip pencil phone photo
    player-play plug-connected plus printer progress puzzle qrcode refresh school search send settings sort-ascending sun table
    trash upload user user-check user-x users users-group video wifi-off world writing x
"""
NAMES = frozenset(_LISTED.split())
