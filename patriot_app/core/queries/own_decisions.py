"""Why a client's accounts traded or did not, from the record of what was decided for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from patriot_app.core.domain.fan_outs import Decision
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import reading

REASONS_MAX = 12
_DECIDED = text(
    "SELECT f.decision, f.reason_code, (array_agg(f.reason ORDER BY f.decided_at DESC))[1] AS reason,"
    " count(*) AS times, max(f.decided_at) AS last_at,"
    " string_agg(DISTINCT a.label, ', ') AS accounts, string_agg(DISTINCT s.symbol, ', ') AS symbols"
    " FROM fan_out_accounts AS f JOIN accounts AS a ON a.id = f.account_id"
    " JOIN own_symbols(:since, :until) AS s ON s.signal_id = f.signal_id"
    " WHERE a.client_id = :client_id AND f.decided_at >= :since AND f.decided_at < :until"
    " AND (:symbol = '' OR s.symbol IN (:symbol, :symbol || 'USDT'))"
    " GROUP BY f.decision, f.reason_code ORDER BY times DESC, f.decision, f.reason_code LIMIT :most"
)
_STANDING = text(
    "SELECT a.label, a.status, a.status_reason, coalesce(s.is_ready, false) AS is_ready,"
    " coalesce(nullif(s.parked_reason, ''), s.not_ready_reason, '') AS why,"
    " EXISTS (SELECT 1 FROM allocations AS l JOIN deployments AS d ON d.id = l.deployment_id"
    " WHERE l.account_id = a.id AND d.status = 'running') AS has_strategy"
    " FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id"
    " WHERE a.client_id = :client_id ORDER BY a.label, a.id"
)


@dataclass(frozen=True, slots=True)
class ReasonView:
    """How often something was decided for a client's accounts, and why.

    Attributes:
        reason_code: empty where orders were planned.
        reason: the words of the newest such decision.
        accounts: their labels.
        symbols: what was to be traded.
    """

    decision: Decision
    reason_code: str
    reason: str
    times: int
    last_at: datetime
    accounts: str
    symbols: str


@dataclass(frozen=True, slots=True)
class StandingView:
    """Whether an account could trade now; `why` says what keeps it."""

    label: str
    status: str
    status_reason: str
    is_ready: bool
    why: str
    has_strategy: bool


@dataclass(frozen=True, slots=True)
class OwnDecisions:
    """What was decided in a time, most frequent first, and how the accounts stand now."""

    reasons: tuple[ReasonView, ...]
    accounts: tuple[StandingView, ...]

    @property
    def planned(self) -> int:
        """Return how often an order was planned."""
        return sum(one.times for one in self.reasons if one.decision is Decision.PLANNED)


async def between(
    actor: Actor, *, since: datetime, until: datetime, symbol: str = ""
) -> OwnDecisions:
    """Return what was decided for the actor's own accounts in [since, until).

    Args:
        symbol: only of this one, such as "BTCUSDT" or "BTC"; empty: of all.
    """
    bound = {"client_id": actor.user_id}
    limits = {"since": since, "until": until, "symbol": symbol, "most": REASONS_MAX}
    async with reading(actor, snapshot=True) as session:
        decided = (await session.execute(_DECIDED, bound | limits)).all()
        standing = (await session.execute(_STANDING, bound)).all()
    return OwnDecisions(
        reasons=tuple(ReasonView(Decision(row[0]), *row[1:]) for row in decided),
        accounts=tuple(StandingView(*row) for row in standing),
    )
