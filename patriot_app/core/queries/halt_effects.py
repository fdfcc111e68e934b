"""What a halt of a scope would stop, counted before anybody decides."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import TextClause, text

from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.positions import NOTIONAL, SOURCE
from patriot_app.core.queries.reader import desk_reading

_COVERED = {
    HaltScope.DESK: "SELECT id FROM accounts WHERE :scope_id = ''",
    HaltScope.EXCHANGE: "SELECT id FROM accounts WHERE exchange = :scope_id",
    HaltScope.STRATEGY: (
        "SELECT l.account_id FROM allocations AS l JOIN deployments AS d ON d.id = l.deployment_id"
        " WHERE d.strategy_id::text = :scope_id AND l.released_at IS NULL"
    ),
    HaltScope.CLIENT: "SELECT id FROM accounts WHERE client_id::text = :scope_id",
    HaltScope.ACCOUNT: "SELECT id FROM accounts WHERE id::text = :scope_id",
}
_OF_STRATEGY = (
    " AND {deployment} IN (SELECT id FROM deployments WHERE strategy_id::text = :scope_id)"
)


@dataclass(frozen=True, slots=True)
class HaltEffect:
    """What lies in a scope.

    Attributes:
        accounts: those that could trade: a refused key trades with or without a halt no more.
        deployments: running ones that hold an account of the scope.
        working_entries: orders that a halt cancels.
        notional: USDT of the open positions, longs and shorts added.
    """

    accounts: int
    deployments: int
    working_entries: int
    open_positions: int
    notional: Decimal


async def effect(actor: Actor, scope: HaltScope, scope_id: str) -> HaltEffect:
    """Count what a halt of this scope stops, and what flattening it would close."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_statement(scope), {"scope_id": scope_id})).one()
    return HaltEffect(*row)


def _statement(scope: HaltScope) -> TextClause:
    is_strategy = scope is HaltScope.STRATEGY
    of_intent = _OF_STRATEGY.format(deployment="i.deployment_id") if is_strategy else ""
    of_position = _OF_STRATEGY.format(deployment="p.deployment_id") if is_strategy else ""
    of_deployment = " AND d.strategy_id::text = :scope_id" if is_strategy else ""
    # Only texts of this module are joined; the scope's id is bound.
    return text(
        f"""
        WITH covered (id) AS ({_COVERED[scope]})
        SELECT (SELECT count(DISTINCT c.id) FROM covered AS c JOIN accounts AS a ON a.id = c.id
                 WHERE a.status <> 'disabled' AND EXISTS (SELECT 1 FROM credentials AS k
                       WHERE k.account_id = c.id AND k.status IN ('verified', 'quarantined'))),
               (SELECT count(DISTINCT d.id) FROM deployments AS d
                  JOIN allocations AS l ON l.deployment_id = d.id AND l.released_at IS NULL
                 WHERE d.status = 'running' AND l.account_id IN (SELECT id FROM covered)
                 {of_deployment}),
               (SELECT count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
                 WHERE i.leg = 'entry' AND t.state IN ('open', 'partially_filled')
                   AND t.account_id IN (SELECT id FROM covered){of_intent}),
               held.positions, held.notional
          FROM (SELECT count(*) AS positions, coalesce(sum(abs({NOTIONAL})), 0) AS notional
                  FROM {SOURCE} WHERE p.quantity <> 0
                   AND p.account_id IN (SELECT id FROM covered){of_position}) AS held
        """  # noqa: S608
    )
