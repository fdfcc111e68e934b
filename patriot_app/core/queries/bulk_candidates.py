"""Clients, accounts or deployments that a bulk act could be done to, each with why it would be skipped."""

from sqlalchemy import text

from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.bulk_acts import (
    AccountAct,
    ClientAct,
    DeploymentAct,
    Verdict,
    account_problem,
    client_problem,
    deployment_problem,
)
from patriot_app.core.domain.deployments import DeploymentStatus
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


def _bound(search: str, status: str) -> dict[str, object]:
    wanted = search.strip()
    return {
        "search": wanted,
        "pattern": f"%{escape_like(wanted)}%",
        "status": status,
        "most": ROWS_MAX,
    }
