"""Every write of the lists."""

from school.roster.services.district import DistrictOutcome, district_import
from school.roster.services.imports import (
    import_cancel,
    import_columns,
    import_confirm,
    import_preview,
    import_record,
    layout_forget,
    layout_remember,
)
from school.roster.services.oneroster import (
    oneroster_cancel,
    oneroster_confirm,
    oneroster_export,
    oneroster_import,
    oneroster_send,
)
from school.roster.services.slips import slips_fetch, slips_start
from school.roster.writing.imports import Outcome, roster_import
from school.roster.writing.people import Counts

__all__ = [
    "Counts",
    "DistrictOutcome",
    "Outcome",
    "district_import",
    "import_cancel",
    "import_columns",
    "import_confirm",
    "import_preview",
    "import_record",
    "layout_forget",
    "layout_remember",
    "oneroster_cancel",
    "oneroster_confirm",
    "oneroster_export",
    "oneroster_import",
    "oneroster_send",
    "roster_import",
    "slips_fetch",
    "slips_start",
]
