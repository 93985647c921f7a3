"""The codes on the slips: how they are made, read and kept. Knows no table."""

import secrets

from django.utils.crypto import salted_hmac

# As on the slips with passwords: no sign that is read for another on paper. Ten of 25: 46 bits, for one child and thirty days.
ALPHABET = "abcdefghjkmnpqrtwxy346789"
LENGTH = 10


def code_new() -> str:
    """A random code in two groups of five: "abcde-fgh34"."""
    signs = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


def code_read(written: str) -> str:
    """The code as it was typed, without blanks and dashes, in small letters; "" when it cannot be one."""
    signs = "".join(c for c in written.lower() if c not in " -–\t")
    return signs if len(signs) == LENGTH and all(c in ALPHABET for c in signs) else ""


def code_hash(code: str) -> str:
    """What is kept of a code: under the installation's key, so that a copied database opens nothing."""
    return salted_hmac("school.families.code", code_read(code), algorithm="sha256").hexdigest()
