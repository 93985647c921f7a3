"""Numbers and moments as JSON brings them."""

import datetime
import math
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

LARGEST = 1_000_000


def number(value: Any) -> Decimal | None:
    """A number from 0 to a million with at most four decimals kept; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Decimal(str(round(value, 4))) if 0 <= value <= LARGEST else None


def moment(value: Any) -> datetime.datetime | None:
    """An ISO 8601 moment with its offset; None for anything else."""
    try:
        found = parse_datetime(value) if isinstance(value, str) and len(value) < 50 else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
