"""The declaration that every view carries; the middleware asks it before the view runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """What a view asks of the person: ``kind`` is public, signed_in, rule, token or admin.

    ``fresh`` views also ask that the person has shown within the last minutes that it is still them (confirmation.py).
    """

    kind: str
    model: str = ""
    action: str = ""
    reason: str = ""
    fresh: bool = False


_BY_NAME: dict[str, Access] = {}


def _mark[View: Callable[..., Any]](view: View, what: Access) -> View:
    view.access = what  # type: ignore[attr-defined]
    return view


def access(model: str, action: str) -> Callable[[View], View]:
    """The view is for people with a role in the rule of (model, action); it takes its rows from ``visible``."""
    return lambda view: _mark(view, Access("rule", model, action))


def signed_in[View: Callable[..., Any]](view: View) -> View:
    """The view is for every signed-in person and shows only what is their own."""
    return _mark(view, Access("signed_in"))


def public[View: Callable[..., Any]](view: View) -> View:
    """The view is for everyone."""
    return _mark(view, Access("public"))


def by_token(reason: str) -> Callable[[View], View]:
    """The view itself checks a signed token in its address; ``reason`` says why no session can be asked."""
    return lambda view: _mark(view, Access("token", reason=reason))


def recently_confirmed[View: Callable[..., Any]](view: View) -> View:
    """The view also asks for a password, code or passkey given within the last five minutes (ASVS 5.0, 7.5.1).

    For what does harm when done from somebody's unlocked screen: other people's data in one file, roles, unlocking marks.
    It stands beside ``@access`` or ``@signed_in`` in any order.
    """
    view.fresh = True  # type: ignore[attr-defined]
    return view


def declare_view(name: str, what: Access) -> None:
    """Declare a view of a library by its URL name, since its code cannot carry the mark."""
    _BY_NAME[name] = what


def access_of(view: Any, name: str | None) -> Access | None:
    """The declaration of a resolved view, or None."""
    found = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    what = found if isinstance(found, Access) else _BY_NAME.get(name or "")
    return replace(what, fresh=True) if what and getattr(view, "fresh", False) else what
