"""Who may do what. Roles add up; deny by default."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    CUSTOMER = "customer"
    SUPPORT = "support"
    FUND_MANAGER = "fund_manager"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


STAFF_ROLES = frozenset(Role) - {Role.CUSTOMER}


class Permission(StrEnum):
    PORTAL_VIEW = "portal:view"
    OWN_KEYS_WRITE = "own_keys:write"
    OWN_ACCOUNT_PAUSE = "own_account:pause"
    OVERVIEW_READ = "overview:read"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    CREDENTIALS_WRITE = "credentials:write"
    STRATEGIES_READ = "strategies:read"
    STRATEGIES_WRITE = "strategies:write"
    DEPLOYMENTS_WRITE = "deployments:write"
    SIGNALS_READ = "signals:read"
    SIGNALS_PUBLISH = "signals:publish"
    ORDERS_READ = "orders:read"
    ORDERS_CANCEL = "orders:cancel"
    POSITIONS_READ = "positions:read"
    POSITIONS_CLOSE = "positions:close"
    FLATTEN = "positions:flatten"
    RISK_READ = "risk:read"
    LIMITS_WRITE = "risk:limits_write"
    HALT_RAISE = "halts:raise"
    HALT_LIFT = "halts:lift"
    INCIDENTS_WRITE = "incidents:write"
    RECONCILE = "reconciliation:decide"
    FEES_READ = "fees:read"
    INSTRUMENTS_READ = "instruments:read"
    INSTRUMENTS_WRITE = "instruments:write"
    SYSTEM_READ = "system:read"
    SYSTEM_WRITE = "system:write"
    AUDIT_READ = "audit:read"


P = Permission
_READ_ALL = frozenset(
    {
        P.OVERVIEW_READ,
        P.CLIENTS_READ,
        P.ACCOUNTS_READ,
        P.STRATEGIES_READ,
        P.SIGNALS_READ,
        P.ORDERS_READ,
        P.POSITIONS_READ,
        P.RISK_READ,
        P.FEES_READ,
        P.INSTRUMENTS_READ,
        P.SYSTEM_READ,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: frozenset({P.PORTAL_VIEW, P.OWN_KEYS_WRITE, P.OWN_ACCOUNT_PAUSE}),
    Role.SUPPORT: _READ_ALL - {P.FEES_READ},
    Role.FUND_MANAGER: _READ_ALL
    | {
        P.STRATEGIES_WRITE,
        P.DEPLOYMENTS_WRITE,
        P.SIGNALS_PUBLISH,
        P.ORDERS_CANCEL,
        P.POSITIONS_CLOSE,
        P.FLATTEN,
        P.LIMITS_WRITE,
        P.HALT_RAISE,
        P.INCIDENTS_WRITE,
    },
    Role.COMPLIANCE: _READ_ALL | {P.AUDIT_READ, P.HALT_RAISE, P.HALT_LIFT, P.INCIDENTS_WRITE},
    Role.ADMIN: _READ_ALL
    | {
        P.CLIENTS_WRITE,
        P.ACCOUNTS_WRITE,
        P.CREDENTIALS_WRITE,
        P.INSTRUMENTS_WRITE,
        P.SYSTEM_WRITE,
        P.HALT_RAISE,
        P.HALT_LIFT,
        P.AUDIT_READ,
        P.INCIDENTS_WRITE,
        P.RECONCILE,
    },
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: looked up on the server for every event, never taken from the client.

    Attributes:
        surface: "console", "portal", "api", "bot", "daemon", "cli" or "sign_in"; goes into the
            audit log.
    """

    user_id: UUID | None
    name: str
    roles: frozenset[Role]
    surface: str
    session_id: UUID | None = None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF_ROLES)


SYSTEM = Actor(user_id=None, name="daemon", roles=frozenset(), surface="daemon")
"""The daemon acting by itself; it needs no permission, its database role is the fence."""

VISITOR = Actor(user_id=None, name="visitor", roles=frozenset(), surface="sign_in")
"""Somebody who has not signed in yet: the database shows him people to look up and nothing else."""


def can(actor: Actor, permission: Permission) -> bool:
    """Tell whether any of the actor's roles grants the permission."""
    return any(permission in GRANTS[role] for role in actor.roles)
