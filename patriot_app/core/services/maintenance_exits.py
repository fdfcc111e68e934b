"""Which positions are left before a maintenance, how far that is, and the record of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.replacement_rows import LIVE_INTENTS
from patriot_app.core.domain.events import MaintenanceExitDecided
from patriot_app.core.domain.maintenance_exits import (
    ExitTry,
    MaintenanceRule,
    PositionsAtMaintenance,
    maintenance_rule,
)
from patriot_app.core.unit_of_work import UnitOfWork

_LEAVES = (
    "version.parameters->>'at_maintenance' IN"
    f" ({in_list({PositionsAtMaintenance.REDUCE, PositionsAtMaintenance.CLOSE})})"
)
# What counts is the version that runs: a person may decide otherwise until the last minute.
_DUE = text(
    f"""
    SELECT DISTINCT ON (position.account_id, position.symbol)
           closed.id AS window_id, position.account_id, position.symbol, account.shard,
           version.parameters
      FROM maintenance_windows AS closed
      JOIN accounts AS account ON account.exchange = closed.exchange
           AND closed.mode IN ('', account.mode)
      JOIN positions AS position ON position.account_id = account.id
      JOIN deployments AS deployment ON deployment.id = position.deployment_id
      JOIN strategy_versions AS version ON version.id = deployment.version_id
     WHERE closed.id = ANY(:windows) AND account.shard = ANY(:shards)
       AND position.position_side = 'BOTH' AND position.quantity <> 0 AND {_LEAVES}
     ORDER BY position.account_id, position.symbol, closed.starts_at, closed.id
    """  # noqa: S608
)
_LEAVING = text(
    f"""
    SELECT deployment.id FROM deployments AS deployment
      JOIN strategy_versions AS version ON version.id = deployment.version_id
     WHERE {_LEAVES}
    """  # noqa: S608
)
_TRIES = text(
    f"""
    SELECT intent.id, intent.quantity,
           intent.state NOT IN ({LIVE_INTENTS}) AS is_ended,
           (SELECT coalesce(sum(attempt.filled_quantity), 0) FROM attempts AS attempt
             WHERE attempt.intent_id = intent.id) AS filled
      FROM intents AS intent WHERE intent.id = ANY(:ids)
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class LeavingPosition:
    """A position of which something is to be closed before a window."""

    window_id: UUID
    account_id: UUID
    symbol: str
    shard: int
    rule: MaintenanceRule


async def due(
    uow: UnitOfWork, shards: Sequence[int], windows: Collection[UUID]
) -> list[LeavingPosition]:
    """Return the positions of the shards whose strategies leave them before one of the windows."""
    rows = await uow.session.execute(_DUE, {"shards": list(shards), "windows": list(windows)})
    return [
        LeavingPosition(
            row.window_id, row.account_id, row.symbol, row.shard, maintenance_rule(row.parameters)
        )
        for row in rows
    ]


async def leaving_deployments(uow: UnitOfWork) -> frozenset[UUID]:
    """Return the deployments whose positions do not stay as they are before a maintenance."""
    return frozenset((await uow.session.execute(_LEAVING)).scalars())


async def tries(uow: UnitOfWork, intent_ids: Sequence[UUID]) -> list[ExitTry]:
    """Return what became of orders, as many as there are, in the order of their ids as given."""
    rows = await uow.session.execute(_TRIES, {"ids": list(intent_ids)})
    found: dict[UUID, Any] = {row.id: row for row in rows}
    return [
        ExitTry(found[one].quantity, found[one].filled, found[one].is_ended)
        for one in intent_ids
        if one in found
    ]


def record_decision(uow: UnitOfWork, position: LeavingPosition) -> None:
    """Tell once that a position is left, before the first order of it is sent."""
    uow.record(
        MaintenanceExitDecided(
            account_id=position.account_id,
            symbol=position.symbol,
            window_id=position.window_id,
            decision=position.rule.what.value,
        )
    )
    uow.touch("positions")
