from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass, one lane (OWASP's first choice).

    Django's default (100 MiB, two passes, eight lanes) costs four times the time, too much when a school signs in at once.
    """

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1
