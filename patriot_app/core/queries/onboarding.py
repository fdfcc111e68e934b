"""How far a client is on the way to his first trade."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.onboarding import Onboarding
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import reading
from patriot_app.core.settings import get_settings

_OWN_KEY = (
    "FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id WHERE a.client_id = u.id"
)
_FACTS = text(
    f"""
    SELECT u.status,
           (SELECT count(*) FROM accounts AS a WHERE a.client_id = u.id
               AND a.status <> 'disabled') AS accounts,
           (SELECT count(*) {_OWN_KEY} AND c.status = 'verified') AS verified,
           (SELECT count(*) {_OWN_KEY} AND c.status = 'submitted') AS waiting,
           (SELECT c.rejection {_OWN_KEY} AND c.status = 'rejected'
             ORDER BY c.created_at DESC LIMIT 1) AS rejection,
           (SELECT max(s.wallet_balance) FROM account_states AS s JOIN accounts AS a
                ON a.id = s.account_id WHERE a.client_id = u.id) AS balance,
           (SELECT count(*) FROM allocations AS l JOIN accounts AS a ON a.id = l.account_id
              JOIN deployments AS d ON d.id = l.deployment_id
             WHERE a.client_id = u.id AND l.released_at IS NULL AND d.status = 'running') AS shares,
           (SELECT count(*) FROM (SELECT 1 FROM fills AS f JOIN accounts AS a
                ON a.id = f.account_id WHERE a.client_id = u.id LIMIT 1) AS any_fill) AS trades
      FROM users AS u WHERE u.id = :client_id
    """  # noqa: S608
)


async def progress(actor: Actor, client_id: UUID) -> Onboarding:
    """Return what is known of a client's beginning; another's is not there.

    Raises:
        NotFound: no such client, or not the actor's.
    """
    async with reading(actor) as session:
        row = (await session.execute(_FACTS, {"client_id": client_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no client {client_id}")
    return Onboarding(
        status=UserStatus(row.status),
        accounts=row.accounts,
        verified_keys=row.verified,
        waiting_keys=row.waiting,
        refusal=" ".join(row.rejection or ()),
        balance=row.balance,
        minimum=get_settings().minimum_balance(),
        shares=row.shares,
        trades=row.trades,
    )
