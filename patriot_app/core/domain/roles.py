"""The words of the permission matrix: who there is, what can be done, and how far it reaches."""

from enum import StrEnum


class Role(StrEnum):
    CUSTOMER = "customer"
    SUPPORT = "support"
    FUND_MANAGER = "fund_manager"
    COMPLIANCE = "compliance"
    ADMIN = "admin"
    AUDITOR = "auditor"


STAFF_ROLES = frozenset(Role) - {Role.CUSTOMER}
WORKING_ROLES = STAFF_ROLES - {Role.AUDITOR}
"""Of those who act; an auditor only reads, and only until his day."""


class Reach(StrEnum):
    """How far a grant reaches, from the narrowest to the widest."""

    OWN = "own"
    MASKED = "masked"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    ALL = "all"

    @property
    def width(self) -> int:
        """Return its place in the order; a wider reach includes the narrower ones."""
        return list(Reach).index(self)


class Permission(StrEnum):
    """Every action; what it means and who may is told in `permissions.toml`."""

    PORTAL_VIEW = "portal:view"
    OWN_KEYS_WRITE = "own_keys:write"
    OWN_ALLOCATIONS_WRITE = "own_allocations:write"
    OWN_REPORTS_WRITE = "own_reports:write"
    OWN_PROFILE_WRITE = "own_profile:write"
    OWN_ACCOUNT_PAUSE = "own_account:pause"
    OVERVIEW_READ = "overview:read"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    ACCOUNTS_MOVE = "accounts:move"
    ACCOUNTS_PAUSE = "accounts:pause"
    ACCOUNTS_RESUME = "accounts:resume"
    CREDENTIALS_WRITE = "credentials:write"
    CREDENTIALS_REVOKE = "credentials:revoke"
    STRATEGIES_READ = "strategies:read"
    STRATEGIES_WRITE = "strategies:write"
    STRATEGIES_APPROVE = "strategies:approve"
    DEPLOYMENTS_WRITE = "deployments:write"
    SIGNALS_READ = "signals:read"
    SIGNALS_PUBLISH = "signals:publish"
    ORDERS_READ = "orders:read"
    ORDERS_CANCEL = "orders:cancel"
    POSITIONS_READ = "positions:read"
    POSITIONS_CLOSE = "positions:close"
    FLATTEN = "positions:flatten"
    FLATTEN_APPROVE = "positions:flatten_approve"
    RISK_READ = "risk:read"
    LIMITS_WRITE = "risk:limits_write"
    LIMITS_APPROVE = "risk:limits_approve"
    HALT_RAISE = "halts:raise"
    HALT_LIFT = "halts:lift"
    MAINTENANCE_WRITE = "maintenance:write"
    INCIDENTS_WRITE = "incidents:write"
    TICKETS_READ = "tickets:read"
    TICKETS_ANSWER = "tickets:answer"
    OWN_TICKETS_WRITE = "own_tickets:write"
    RECONCILE = "reconciliation:decide"
    FEES_READ = "fees:read"
    FEE_TERMS_WRITE = "fees:terms_write"
    FEES_CLOSE = "fees:close"
    LEDGER_CLASSIFY = "fees:classify"
    FEES_FINALISE = "fees:finalise"
    FEES_APPROVE = "fees:approve"
    FEES_COLLECT = "fees:collect"
    FEES_SEND = "fees:send"
    FEES_SHARE = "fees:share"
    FEES_EXPORT = "fees:export"
    FEES_INVOICING = "fees:invoicing_write"
    INSTRUMENTS_READ = "instruments:read"
    INSTRUMENTS_WRITE = "instruments:write"
    PERFORMANCE_READ = "performance:read"
    REPORTS_WRITE = "reports:write"
    BENCHMARKS_WRITE = "benchmarks:write"
    SYSTEM_READ = "system:read"
    SYSTEM_WRITE = "system:write"
    DELIVERY_RETRY = "delivery:retry"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SIGN_INS_READ = "sign_ins:read"
    SIGN_INS_END = "sign_ins:end"
    AUDIT_READ = "audit:read"
    APPROVALS_READ = "approvals:read"
    STAFF_READ = "staff:read"
    ROLES_WRITE = "staff:roles_write"
    ROLES_APPROVE = "staff:roles_approve"
    COMPLIANCE_REPORT = "compliance:report"
