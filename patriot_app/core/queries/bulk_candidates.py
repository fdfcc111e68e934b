"""Clients, accounts or deployments that a bulk act could be done to, each with why it would be skipped."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.bulk_acts import (
    AccountAct,
    AssignmentAct,
    ClientAct,
    DeploymentAct,
    Verdict,
    account_problem,
    assignment_problem,
    client_problem,
    deployment_problem,
)
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.onboarding import balance_problem
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.users import RiskProfile, UserStatus
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import escape_like

ROWS_MAX = 500
"""What one page can hold; more is done in portions, by name or status."""
_CLIENTS = text(
    "SELECT id, name, status, risk_profile FROM users WHERE 'customer' = ANY(roles)"
    " AND (:search = '' OR name ILIKE :pattern OR email ILIKE :pattern)"
    " AND (:status = '' OR status = :status) ORDER BY name, id LIMIT :most"
)
_ACCOUNTS = text(
    "SELECT a.id, a.label, u.name, a.status, u.status AS client_status, EXISTS (SELECT 1"
    " FROM credentials AS c WHERE c.account_id = a.id AND c.status = 'verified') AS has_key"
    " FROM accounts AS a JOIN users AS u ON u.id = a.client_id"
    " WHERE (:search = '' OR a.label ILIKE :pattern OR u.name ILIKE :pattern)"
    " AND (:status = '' OR a.status = :status) ORDER BY u.name, a.label, a.id LIMIT :most"
)
_DEPLOYMENTS = text(
    "SELECT d.id, d.name, s.name AS strategy, d.status, (SELECT count(DISTINCT l.account_id)"
    " FROM allocations AS l WHERE l.deployment_id = d.id AND l.released_at IS NULL) AS accounts"
    " FROM deployments AS d JOIN strategies AS s ON s.id = d.strategy_id"
    " WHERE (:search = '' OR d.name ILIKE :pattern OR s.name ILIKE :pattern)"
    " AND (:status = '' OR d.status = :status) ORDER BY d.name, d.id LIMIT :most"
)
_TO_FILL = text(
    "SELECT id, name, symbols FROM deployments WHERE status <> 'stopped' ORDER BY name, id"
    " LIMIT :most"
)
_ASSIGNMENTS = text(
    "SELECT a.id, a.label, u.name, a.status, s.wallet_balance, EXISTS (SELECT 1 FROM allocations"
    " AS l WHERE l.account_id = a.id AND l.deployment_id = d.id AND l.released_at IS NULL) AS is_in,"
    " (SELECT string_agg(l.symbol || ' belongs to ' || o.name, ', ' ORDER BY l.symbol, o.name)"
    " FROM allocations AS l JOIN deployments AS o ON o.id = l.deployment_id"
    " WHERE l.account_id = a.id AND l.released_at IS NULL AND o.id <> d.id"
    " AND l.symbol = ANY(d.symbols)) AS held_by"
    " FROM deployments AS d CROSS JOIN accounts AS a JOIN users AS u ON u.id = a.client_id"
    " LEFT JOIN account_states AS s ON s.account_id = a.id"
    " WHERE d.id = :deployment_id AND d.status <> 'stopped'"
    " AND (:search = '' OR a.label ILIKE :pattern OR u.name ILIKE :pattern)"
    " AND (:status = '' OR a.status = :status) ORDER BY u.name, a.label, a.id LIMIT :most"
)


async def clients(
    actor: Actor, act: ClientAct, *, search: str = "", status: str = ""
) -> tuple[Verdict, ...]:
    """Return the clients that match, at most ROWS_MAX, by name."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_CLIENTS, _bound(search, status))
        return tuple(
            Verdict(
                str(row.id),
                row.name,
                client_problem(
                    act, status=UserStatus(row.status), profile=RiskProfile(row.risk_profile)
                ),
            )
            for row in rows
        )


async def accounts(
    actor: Actor, act: AccountAct, *, search: str = "", status: str = ""
) -> tuple[Verdict, ...]:
    """Return the accounts that match, at most ROWS_MAX, by client and label."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_ACCOUNTS, _bound(search, status))
        return tuple(
            Verdict(
                str(row.id),
                f"{row.name} · {row.label}",
                account_problem(
                    act,
                    status=AccountStatus(row.status),
                    client_status=UserStatus(row.client_status),
                    has_key=row.has_key,
                ),
            )
            for row in rows
        )


async def deployments(
    actor: Actor, act: DeploymentAct, *, search: str = "", status: str = ""
) -> tuple[Verdict, ...]:
    """Return the deployments that match, at most ROWS_MAX, by name."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_DEPLOYMENTS, _bound(search, status))
        return tuple(
            Verdict(
                str(row.id),
                f"{row.name} · {row.strategy}, accounts: {row.accounts}",
                deployment_problem(act, status=DeploymentStatus(row.status)),
            )
            for row in rows
        )


async def deployments_to_fill(actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return id and name of the deployments that accounts can be given to, at most ROWS_MAX."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_TO_FILL, {"most": ROWS_MAX})
        return tuple((str(row.id), f"{row.name}: {', '.join(row.symbols[:3])}") for row in rows)


async def assignments(
    actor: Actor,
    act: AssignmentAct,
    deployment_id: UUID,
    *,
    minimum: Decimal,
    search: str = "",
    status: str = "",
) -> tuple[Verdict, ...]:
    """Return the accounts that match, at most ROWS_MAX, each with its standing to a deployment.

    Args:
        minimum: wallet balance in USDT that an account needs at its admission; 0: none.
    """
    bound = {**_bound(search, status), "deployment_id": deployment_id}
    async with desk_reading(actor) as session:
        rows = await session.execute(_ASSIGNMENTS, bound)
        return tuple(
            Verdict(
                str(row.id),
                f"{row.name} · {row.label}",
                assignment_problem(
                    act,
                    status=AccountStatus(row.status),
                    is_in=row.is_in,
                    held_by=row.held_by or "",
                    money_problem=balance_problem(row.wallet_balance, minimum=minimum),
                ),
            )
            for row in rows
        )


def _bound(search: str, status: str) -> dict[str, object]:
    wanted = search.strip()
    return {
        "search": wanted,
        "pattern": f"%{escape_like(wanted)}%",
        "status": status,
        "most": ROWS_MAX,
    }
