"""Rules of passwords beside Django's own (ASVS 5.0, 6.2): no composition rules, no words of the person's own data."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from school.text import fold


class OwnDataValidator:
    """Refuse a password that is the person's code, phone, birth date or name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence for the person."""
        if user is None:
            return
        plain = fold(password).replace(" ", "")
        born = user.birth_date
        own = {fold(user.code), user.phone[-9:], fold(user.full_name).replace(" ", "")}
        if born:
            own |= {born.strftime(form) for form in ("%d%m%Y", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y")}
        if any(word and len(word) >= 6 and word in plain for word in own):
            raise ValidationError(
                _("Do not use your own code, phone number, birth date or name as a password."), code="own_data"
            )

    def get_help_text(self) -> str:
        """The rule in words, for the form."""
        return _("Not your own code, phone number, birth date or name.")
