"""Words that are good for one use: nonces, assertions, hints. The database decides between two that come at once."""

import datetime
import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.lti.models import Spent


def spend(kind: str, *parts: object, seconds: int) -> bool:
    """Use the word up: False when it was used before. It is remembered for ``seconds``, longer than it is good for."""
    key = hashlib.sha256("\0".join((kind, *map(str, parts))).encode()).hexdigest()
    try:
        with transaction.atomic():
            Spent.objects.create(key=key, until=timezone.now() + datetime.timedelta(seconds=seconds))
    except IntegrityError:
        return False
    return True
