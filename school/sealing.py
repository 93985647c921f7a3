"""Sealing of small secrets kept in the database, with keys that are not: a copied database alone opens nothing."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PREFIX = "sealed:"


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    """The text under the newest key of SEALING_KEYS."""
    return PREFIX + _box(tuple(settings.SEALING_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text again, by whichever key sealed it; raises ValueError when none does."""
    try:
        return _box(tuple(settings.SEALING_KEYS)).decrypt(sealed.removeprefix(PREFIX).encode()).decode()
    except InvalidToken as error:
        raise ValueError("Sealed by a key that SEALING_KEYS does not hold.") from error
