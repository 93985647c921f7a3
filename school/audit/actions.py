"""What the trail tells of: one list of actions, to which an app adds its own when it starts.

The first word of a code is its group, by which the page offers them.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Action:
    """A kind of entry: its code in the database, its name in words, and the group it is offered in."""

    code: str
    label: Any
    group: str


ACCOUNT, RIGHTS, DATA, ROWS, SYSTEM = "account", "rights", "data", "rows", "system"
GROUPS: dict[str, Any] = {
    ACCOUNT: _("Accounts and signing in"),
    RIGHTS: _("Rights and refusals"),
    DATA: _("Reading, exporting and consent"),
    ROWS: _("Changes of records"),
    SYSTEM: _("The platform itself"),
}

_ACTIONS: dict[str, Action] = {}


class UnknownActionError(LookupError):
    """A mistake of the code: an entry with an action that nobody registered would have no name."""


def register(code: str, label: Any, group: str) -> Action:
    """Add an action; the same code with another name raises ValueError."""
    made = Action(code, label, group)
    known = _ACTIONS.setdefault(code, made)
    if (str(known.label), known.group) != (str(label), group):
        raise ValueError(f"The action {code!r} is registered twice.")
    return known


def action_of(code: str) -> Action:
    """The registered action; raises UnknownActionError."""
    try:
        return _ACTIONS[code]
    except KeyError:
        raise UnknownActionError(f"No action {code!r} is registered in school.audit.actions.") from None


def label_of(code: str) -> str:
    """The action in words; the code itself for one that an app no longer brings."""
    return str(_ACTIONS[code].label) if code in _ACTIONS else code


def all_actions() -> list[Action]:
    """Every action, group by group in the order of GROUPS."""
    order = list(GROUPS)
    return sorted(_ACTIONS.values(), key=lambda one: order.index(one.group))


# The rows' own, written by the database's triggers.
ADDED, CHANGED, REMOVED, EMPTIED = "added", "changed", "removed", "emptied"

for _code, _label, _group in (
    ("signed_in", _("Signed in"), ACCOUNT),
    ("sign_in_failed", _("Sign-in failed"), ACCOUNT),
    ("signed_out", _("Signed out"), ACCOUNT),
    ("sessions_ended", _("Sign-ins ended"), ACCOUNT),
    ("password_changed", _("Password changed"), ACCOUNT),
    ("password_reset", _("Password reset"), ACCOUNT),
    ("second_factor_added", _("Second factor added"), ACCOUNT),
    ("second_factor_removed", _("Second factor removed"), ACCOUNT),
    ("second_factor_reset", _("Second factor reset"), ACCOUNT),
    ("account_closed", _("Account closed"), ACCOUNT),
    ("account_reopened", _("Account reopened"), ACCOUNT),
    ("accounts_merged", _("Accounts merged"), ACCOUNT),
    ("identity_linked", _("Outside sign-in linked"), ACCOUNT),
    ("identity_unlinked", _("Outside sign-in unlinked"), ACCOUNT),
    ("refused", _("Refused"), RIGHTS),
    ("role_granted", _("Role given"), RIGHTS),
    ("role_ended", _("Role ended"), RIGHTS),
    ("transferred", _("Moved to another school"), RIGHTS),
    ("guardian_approved", _("Guardian approved"), RIGHTS),
    ("guardian_refused", _("Guardian refused"), RIGHTS),
    ("impersonation_started", _("Looking as another person began"), RIGHTS),
    ("impersonation_page", _("Page seen as another person"), RIGHTS),
    ("impersonation_shown", _("Told of being looked through"), RIGHTS),
    ("impersonation_ended", _("Looking as another person ended"), RIGHTS),
    ("client_added", _("Application connected"), RIGHTS),
    ("client_changed", _("Application changed"), RIGHTS),
    ("client_disabled", _("Application disconnected"), RIGHTS),
    ("token_refused", _("Application refused"), RIGHTS),
    ("exported", _("Exported"), DATA),
    ("roster_read", _("Roster read by an application"), DATA),
    ("imported", _("Imported"), DATA),
    ("slips_printed", _("Sign-in slips printed"), DATA),
    ("viewed_sensitive", _("Sensitive record read"), DATA),
    ("consent_given", _("Consent given"), DATA),
    ("consent_withdrawn", _("Consent withdrawn"), DATA),
    ("news_taken_down", _("News taken off line: a consent is missing"), DATA),
    ("data_requested", _("Request about personal data"), DATA),
    ("data_answered", _("Request about personal data answered"), DATA),
    ("data_erased", _("Personal data erased"), DATA),
    ("unlocked", _("Mark sheet unlocked"), DATA),
    (ADDED, _("Record added"), ROWS),
    (CHANGED, _("Record changed"), ROWS),
    (REMOVED, _("Record removed"), ROWS),
    (EMPTIED, _("Table emptied"), ROWS),
    ("settings_changed", _("Settings changed"), SYSTEM),
    ("key_rotated", _("Key exchanged"), SYSTEM),
    ("archived", _("Trail archived"), SYSTEM),
):
    register(_code, _label, _group)
