"""Every write of the lists."""

from school.roster.services.district import DistrictOutcome, district_import
from school.roster.services.imports import (
    Outcome,
    import_cancel,
    import_confirm,
    import_preview,
    import_record,
    roster_import,
)
from school.roster.services.people import Counts
from school.roster.services.slips import slips_fetch, slips_start

__all__ = [
    "Counts",
    "DistrictOutcome",
    "Outcome",
    "district_import",
    "import_cancel",
    "import_confirm",
    "import_preview",
    "import_record",
    "roster_import",
    "slips_fetch",
    "slips_start",
]
