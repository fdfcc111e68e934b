"""Record a signal once and open its fan-out, one part per shard."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from patriot_app.core.db import notify, pipeline
from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.entries import AT_MARKET, Entry
from patriot_app.core.domain.events import SignalRecorded
from patriot_app.core.domain.fan_outs import TRANSITIONS, FanOutState
from patriot_app.core.domain.orders import OrderType, TimeInForce
from patriot_app.core.domain.sending import RecordedSignal
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

_ENTRY_COLUMNS = frozenset(
    {"entry_type", "entry_price", "trigger_price", "time_in_force", "expires_at"}
)
_DEPLOYMENT = text("SELECT status, reference_exchange FROM deployments WHERE id = :deployment_id")
_INSERT = text(
    """
    INSERT INTO signals (id, deployment_id, version_id, symbol, signal_key, parameter_hash, action,
        reference_exchange, reference_price, stop_loss, take_profit, entry_type, entry_price,
        trigger_price, time_in_force, expires_at, confidence, explanation, bar_closed_at, valid_until,
        published_by, retry_of, accounts, turn)
    VALUES (:id, :deployment_id, :version_id, :symbol, :signal_key, :parameter_hash, :action,
        :reference_exchange, :reference_price, :stop_loss, :take_profit, :entry_type, :entry_price,
        :trigger_price, :time_in_force, :expires_at, :confidence, :explanation, :bar_closed_at, :valid_until,
        :published_by, :retry_of, CAST(:accounts AS uuid[]), (
            SELECT coalesce(max(turn) + 1, 0) FROM signals WHERE deployment_id = :deployment_id
               AND symbol = CAST(:symbol AS varchar) AND action = CAST(:action AS varchar)))
    ON CONFLICT (deployment_id, symbol, signal_key) DO NOTHING
    RETURNING id
    """
)
_KNOWN = text(
    "SELECT parameter_hash FROM signals "
    "WHERE deployment_id = :deployment_id AND symbol = :symbol AND signal_key = :signal_key"
)
_OPEN = text(
    """
    INSERT INTO fan_outs (signal_id, shard, state, accounts)
    SELECT :signal_id, account.shard, 'pending', count(*)
      FROM allocations AS allocation JOIN accounts AS account ON account.id = allocation.account_id
     WHERE allocation.deployment_id = :deployment_id AND allocation.symbol = :symbol
       AND allocation.released_at IS NULL
       AND (CAST(:accounts AS uuid[]) IS NULL OR account.id = ANY(CAST(:accounts AS uuid[])))
     GROUP BY account.shard
    RETURNING shard, accounts
    """
)
_PENDING = text(
    """
    SELECT fan_out.signal_id, fan_out.shard, fan_out.state, signal.valid_until
      FROM fan_outs AS fan_out JOIN signals AS signal ON signal.id = fan_out.signal_id
     WHERE fan_out.state IN ('pending', 'planned') AND fan_out.shard = ANY(:shards)
     ORDER BY signal.created_at, fan_out.shard
    """
)
_LOAD = text(
    """
    SELECT signal.*, deployment.strategy_id, version.parameters
      FROM signals AS signal
      JOIN deployments AS deployment ON deployment.id = signal.deployment_id
      JOIN strategy_versions AS version ON version.id = signal.version_id
     WHERE signal.id = :signal_id
    """
)
# What is still to be sent keeps its part open, for us or for a successor; later slices of an order
# come at their own time.
_FINISH = text(
    f"""
    UPDATE fan_outs SET state = 'finished', finished_at = :now
     WHERE signal_id = :signal_id AND shard = ANY(:shards)
       AND state IN ({in_list(prior_states(TRANSITIONS, FanOutState.FINISHED))})
       AND shard <> ALL (ARRAY(
           SELECT attempt.shard
             FROM intents AS intent JOIN attempts AS attempt ON attempt.intent_id = intent.id
            WHERE intent.signal_id = :signal_id AND attempt.state = 'created'
              AND intent.slice <= 1))
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Again:
    """Which signal is tried again, and on which of its accounts alone."""

    retry_of: UUID
    accounts: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PendingFanOut:
    """A shard's part of a signal that is not finished; `valid_until` is wire time."""

    signal_id: UUID
    shard: int
    state: FanOutState
    valid_until: datetime


async def record(
    uow: UnitOfWork,
    *,
    deployment_id: UUID,
    version_id: UUID,
    signal: Signal,
    valid_until: datetime,
    published_by: UUID | None = None,
    again: Again | None = None,
) -> UUID | None:
    """Record a signal and open its fan-out; None if the very same signal was recorded before.

    Args:
        again: it tries another signal again, on some of its accounts.

    Raises:
        NotFound: no such deployment.
        Refused: the deployment does not run, or the key was used for another decision.
    """
    found = (await uow.session.execute(_DEPLOYMENT, {"deployment_id": deployment_id})).one_or_none()
    if found is None:
        raise NotFound(f"No deployment {deployment_id}")
    status = DeploymentStatus(found.status)
    allowed = {DeploymentStatus.RUNNING}
    if signal.action is SignalAction.CLOSE:
        allowed = {DeploymentStatus.RUNNING, DeploymentStatus.PAUSED}
    if status not in allowed:
        raise Refused(f"Deployment {deployment_id} is {status}: it takes no {signal.action}")
    digest = parameter_hash(signal, version_id)
    key = {"deployment_id": deployment_id, "symbol": signal.symbol, "signal_key": signal.key}
    values = (
        _columns(signal)
        | key
        | {
            "id": new_id(),
            "version_id": version_id,
            "parameter_hash": digest,
            "reference_exchange": found.reference_exchange,
            "valid_until": valid_until,
            "published_by": published_by,
            "retry_of": None if again is None else again.retry_of,
            "accounts": None if again is None else list(again.accounts),
        }
    )
    signal_id = (await uow.session.execute(_INSERT, values)).scalar_one_or_none()
    if signal_id is None:
        known = (await uow.session.execute(_KNOWN, key)).scalar_one()
        if known != digest:
            raise Refused(f"Signal {signal.key} of {signal.symbol} was recorded with other content")
        return None
    assert isinstance(signal_id, UUID)
    await _open(uow, signal_id, deployment_id, signal, again)
    return signal_id


async def pending_fan_outs(uow: UnitOfWork, shards: Sequence[int]) -> list[PendingFanOut]:
    """Return what the shards' owner still has to plan or finish, oldest signal first."""
    rows = await uow.session.execute(_PENDING, {"shards": list(shards)})
    return [
        PendingFanOut(row.signal_id, row.shard, FanOutState(row.state), row.valid_until)
        for row in rows
    ]


async def load(uow: UnitOfWork, signal_id: UUID) -> RecordedSignal:
    """Return a recorded signal.

    Raises:
        NotFound: there is none.
    """
    found = await pipeline.rows(uow.session, _LOAD, {"signal_id": signal_id})
    if not found:
        raise NotFound(f"No signal {signal_id}")
    row = found[0]
    return RecordedSignal(
        signal_id=row.id,
        deployment_id=row.deployment_id,
        strategy_id=row.strategy_id,
        version_id=row.version_id,
        parameters=row.parameters,
        valid_until=row.valid_until,
        only=None if row.accounts is None else frozenset(row.accounts),
        turn=row.turn,
        signal=Signal(
            symbol=row.symbol,
            key=row.signal_key,
            action=SignalAction(row.action),
            reference_price=row.reference_price,
            stop_loss=row.stop_loss,
            take_profit=row.take_profit,
            confidence=row.confidence,
            bar_closed_at=row.bar_closed_at,
            explanation=row.explanation,
            entry=_entry_of(row),
        ),
    )


async def finish_fan_outs(uow: UnitOfWork, signal_id: UUID, shards: Sequence[int]) -> None:
    """Finish the shards' parts of a fan-out that have nothing left to be sent."""
    await pipeline.rows(
        uow.session, _FINISH, {"signal_id": signal_id, "shards": list(shards), "now": uow.now}
    )
    uow.touch("fan_outs")


def parameter_hash(signal: Signal, version_id: UUID) -> str:
    """Return the digest that tells a repeated signal from another one under the same key."""
    content = {
        name: format(value, "f") if isinstance(value, Decimal) else str(value)
        for name, value in _columns(signal).items()
        if name != "explanation"
        and (name not in _ENTRY_COLUMNS or signal.entry != AT_MARKET)
        and (name != "trigger_price" or value is not None)
    }
    canonical = orjson.dumps(
        {**content, "symbol": signal.symbol, "version": str(version_id)},
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(canonical).hexdigest()


async def _open(
    uow: UnitOfWork, signal_id: UUID, deployment_id: UUID, signal: Signal, again: Again | None
) -> None:
    opened = await uow.session.execute(
        _OPEN,
        {
            "signal_id": signal_id,
            "deployment_id": deployment_id,
            "symbol": signal.symbol,
            "accounts": None if again is None else list(again.accounts),
        },
    )
    rows = opened.all()
    uow.record(
        SignalRecorded(
            subject=signal_id,
            deployment_id=deployment_id,
            symbol=signal.symbol,
            action=signal.action.value,
            reference_price=signal.reference_price,
            stop_loss=signal.stop_loss,
            accounts=sum(row.accounts for row in rows),
        )
    )
    uow.touch("signals", "fan_outs")
    await notify.notify(uow.session, notify.FAN_OUTS, str(signal_id))


def _columns(signal: Signal) -> dict[str, object]:
    return {
        "action": signal.action.value,
        "reference_price": signal.reference_price,
        "stop_loss": signal.stop_loss,
        "take_profit": signal.take_profit,
        "confidence": signal.confidence,
        "explanation": signal.explanation,
        "bar_closed_at": signal.bar_closed_at,
        "entry_type": signal.entry.order_type.value,
        "entry_price": signal.entry.price,
        "trigger_price": signal.entry.trigger_price,
        "time_in_force": signal.entry.time_in_force,
        "expires_at": signal.entry.expires_at,
    }


def _entry_of(row: Any) -> Entry:
    if row.entry_type == OrderType.MARKET:
        return AT_MARKET
    return Entry(
        order_type=OrderType(row.entry_type),
        price=row.entry_price,
        trigger_price=row.trigger_price,
        time_in_force=TimeInForce(row.time_in_force) if row.time_in_force else None,
        expires_at=row.expires_at,
    )
