"""What each strategy of one account returned day by day, on its share of that account's capital."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.daily_returns import Period
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.performance import Subject, SubjectKind, course
from patriot_app.core.queries.reader import reading

Returns = dict[date, Decimal]

_PROFITS = text(
    "SELECT day, strategy_id, realised + funding + commission AS profit FROM profit_days"
    " WHERE account_id = :id AND day = ANY(:days)"
)
# Allocations are dated by the wall clock, days by the market's; the clock's row leads from one to
# the other, and without a row they are the same.
_SHARES = text(
    """
    SELECT g.day, d.strategy_id, least(1, sum(l.share) / count(*) * count(DISTINCT d.id)) AS share
      FROM unnest(CAST(:days AS date[])) AS g(day) CROSS JOIN allocations AS l
      JOIN deployments AS d ON d.id = l.deployment_id LEFT JOIN market_clock AS c ON true
     WHERE l.account_id = :id
       AND coalesce(c.market_origin + (l.assigned_at - c.wall_origin) * c.speed, l.assigned_at)
           < (g.day + 1)::timestamp AT TIME ZONE 'UTC'
       AND (l.released_at IS NULL
            OR coalesce(c.market_origin + (l.released_at - c.wall_origin) * c.speed, l.released_at)
               >= (g.day + 1)::timestamp AT TIME ZONE 'UTC')
     GROUP BY 1, 2
    """
)


async def of_account(actor: Actor, account_id: UUID) -> dict[UUID, Returns]:
    """Return the booked daily returns of the last year by strategy; a quiet day is nought.

    A client sees those of his own accounts; of another's there is nothing.
    """
    found = await course(actor, Subject(SubjectKind.ACCOUNT, account_id), Period.YEAR)
    capital = {day.day: day.capital for day in found.days if day.capital > 0}
    bound = {"id": account_id, "days": list(capital)}
    async with reading(actor) as session:
        profits = {
            (row.day, row.strategy_id): row.profit for row in await session.execute(_PROFITS, bound)
        }
        returns: dict[UUID, Returns] = defaultdict(dict)
        for row in await session.execute(_SHARES, bound):
            profit = profits.get((row.day, row.strategy_id), Decimal(0))
            returns[row.strategy_id][row.day] = profit / (capital[row.day] * row.share)
    return dict(returns)
