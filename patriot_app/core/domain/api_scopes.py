"""What a program may be allowed to do: less than its person, never more."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import Invalid


class Scope(StrEnum):
    """One right of a program."""

    ACCOUNTS_READ = "accounts:read"
    POSITIONS_READ = "positions:read"


SAYS = {
    Scope.ACCOUNTS_READ: "Read accounts and their balances",
    Scope.POSITIONS_READ: "Read open positions",
}
_OF_STAFF = {
    Scope.ACCOUNTS_READ: Permission.ACCOUNTS_READ,
    Scope.POSITIONS_READ: Permission.POSITIONS_READ,
}


def parse_scopes(given: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes of a list, each once.

    Raises:
        Invalid: field "scopes": one that does not exist, or none at all.
    """
    found = []
    for name in given:
        if name not in set(Scope):
            raise Invalid({"scopes": f"There is no right {name[:40]}"})
        found.append(Scope(name))
    if not found:
        raise Invalid({"scopes": "Choose at least one right"})
    return tuple(sorted(set(found)))


def may(actor: Actor, scope: Scope, granted: Collection[Scope]) -> bool:
    """Tell whether a program may do something: it was allowed to, and its person still may."""
    person_may = can(actor, _OF_STAFF[scope]) or can(actor, Permission.PORTAL_VIEW)
    return scope in granted and person_may
