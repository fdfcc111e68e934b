"""What an operator asks of positions and orders: only the daemon can do it, so all are commands."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    FlattenAccount,
    PublishSignal,
    SyncAccount,
    UnparkAccount,
)
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.entries import LIFE_MAX, LIFE_MIN, RESTING
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.domain.orders import WORKING, AttemptState, TimeInForce
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

_POSITION = text(
    "SELECT a.shard, a.label, sum(p.quantity) AS quantity FROM accounts AS a"
    " LEFT JOIN positions AS p ON p.account_id = a.id AND p.symbol = :symbol"
    " WHERE a.id = :account_id GROUP BY a.id"
)
_PARKED = text(
    "SELECT s.parked_reason, (SELECT count(*) FROM discrepancies AS d WHERE d.status = 'open'"
    " AND d.parks AND d.account_id = s.account_id) AS differences"
    " FROM account_states AS s WHERE s.account_id = :account_id"
)
_ACCOUNT = text("SELECT shard, label FROM accounts WHERE id = :account_id")
_ATTEMPT = text(
    "SELECT t.account_id, t.shard, t.state, t.client_order_id, i.leg FROM attempts AS t"
    " JOIN intents AS i ON i.id = t.intent_id WHERE t.id = :attempt_id"
)
_DEPLOYMENT = text("SELECT name, status, symbols FROM deployments WHERE id = :deployment_id")


@dataclass(frozen=True, slots=True)
class OwnSignal:
    """A signal that an operator publishes himself; prices in USDT.

    Attributes:
        stop_loss: absolute price; an opening signal needs one to be sized.
        entry_price, time_in_force: of a limit entry; without them it enters at market.
        trigger_price: of a stop entry: at market once it is passed, or at `entry_price` or better.
        life_minutes: of market time that a resting entry lasts; None until the next boundary.
    """

    symbol: str
    action: SignalAction
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    entry_price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    life_minutes: int | None = None
    trigger_price: Decimal | None = None


async def close_position(
    uow: UnitOfWork, account_id: UUID, symbol: str, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for one position to be closed at market; return the command.

    Raises:
        NotFound: no such account; Refused: nothing is open there; Invalid: no reason.
    """
    bound = {"account_id": account_id, "symbol": symbol}
    row = (await uow.session.execute(_POSITION, bound)).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {account_id}")
    if not row.quantity:
        raise Refused(f"{row.label} holds no {symbol}")
    return await _ask(
        uow,
        ClosePosition(account_id=account_id, symbol=symbol, reason=reason),
        subject=account_id,
        shard=row.shard,
        idempotency_key=idempotency_key,
    )


async def flatten_account(
    uow: UnitOfWork, account_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for an account's orders to be cancelled and its positions closed; return the command.

    Raises:
        NotFound: no such account; Invalid: no reason.
    """
    return await _ask(
        uow,
        FlattenAccount(account_id=account_id, reason=reason),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def sync_account(
    uow: UnitOfWork, account_id: UUID, *, kind: str = "incremental", idempotency_key: str
) -> UUID:
    """Ask for an account to be read afresh from its exchange; return the command.

    Args:
        kind: "incremental" reads what is new, "full" all that the exchange still keeps.

    Raises:
        NotFound: no such account.
    """
    return await _ask(
        uow,
        SyncAccount(
            account_id=account_id,
            kind="full" if kind == "full" else "incremental",
            requested_by=uow.actor.user_id,
            reason="Asked for",
        ),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def unpark_account(
    uow: UnitOfWork, account_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for a parked account to trade again; return the command.

    Raises:
        NotFound: no such account; Refused: it is not parked, or a difference is still open.
        Invalid: no reason.
    """
    row = (await uow.session.execute(_PARKED, {"account_id": account_id})).one_or_none()
    if row is None or not row.parked_reason:
        raise Refused("This account is not parked")
    if row.differences:
        raise Refused("Decide its open differences first; then it is let go by itself")
    return await _ask(
        uow,
        UnparkAccount(account_id=account_id, reason=reason),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def cancel_order(
    uow: UnitOfWork, attempt_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for one working order to be cancelled; return the command.

    Raises:
        NotFound: no such order; Refused: it works no more; Invalid: no reason.
    """
    row = (await uow.session.execute(_ATTEMPT, {"attempt_id": attempt_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no order {attempt_id}")
    if AttemptState(row.state) not in WORKING:
        raise Refused(f"Order {row.client_order_id} is {row.state}; there is nothing to cancel")
    return await _ask(
        uow,
        CancelOrder(attempt_id=attempt_id, account_id=row.account_id, reason=reason),
        subject=row.account_id,
        shard=row.shard,
        idempotency_key=idempotency_key,
    )


async def publish_signal(
    uow: UnitOfWork, deployment_id: UUID, signal: OwnSignal, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for an operator's own signal to be sent to a deployment; return the command.

    Raises:
        NotFound: no such deployment; Refused: it is not running; Invalid: by field.
    """
    bound = {"deployment_id": deployment_id}
    row = (await uow.session.execute(_DEPLOYMENT, bound)).one_or_none()
    if row is None:
        raise NotFound(f"There is no deployment {deployment_id}")
    if row.status != DeploymentStatus.RUNNING:
        raise Refused(f"{row.name} is {row.status}; resume it first")
    _check_signal(signal, symbols=row.symbols)
    return await _ask(
        uow,
        PublishSignal(
            deployment_id=deployment_id,
            symbol=signal.symbol,
            action=signal.action.value,
            stop_loss=_text(signal.stop_loss),
            take_profit=_text(signal.take_profit),
            entry_price=_text(signal.entry_price),
            time_in_force=signal.time_in_force and signal.time_in_force.value,
            life_minutes=signal.life_minutes,
            trigger_price=_text(signal.trigger_price),
            published_by=uow.actor.user_id,
            reason=reason,
        ),
        subject=deployment_id,
        shard=None,
        idempotency_key=idempotency_key,
    )


def _check_signal(signal: OwnSignal, *, symbols: list[str]) -> None:
    fields: dict[str, str] = {}
    if signal.symbol not in symbols:
        fields["symbol"] = f"The deployment trades {', '.join(symbols)}"
    if signal.action is not SignalAction.CLOSE and signal.stop_loss is None:
        fields["stop_loss"] = "An opening signal needs a stop: the size follows from it"
    prices = {
        "stop_loss": signal.stop_loss,
        "take_profit": signal.take_profit,
        "entry_price": signal.entry_price,
        "trigger_price": signal.trigger_price,
    }
    for name, price in prices.items():
        if price is not None and price <= 0:
            fields[name] = "A price is above zero"
    if fields:
        raise Invalid(fields)
    check_entry(signal)


def check_entry(signal: OwnSignal) -> None:
    """Check what needs no market: which fields go together, and how long an entry may rest.

    Raises:
        Invalid: by field.
    """
    fields = _entry_problems(signal)
    if fields:
        raise Invalid(fields)


def _entry_problems(signal: OwnSignal) -> dict[str, str]:
    if signal.trigger_price is not None:
        if signal.action is SignalAction.CLOSE:
            return {"trigger_price": "A closing signal closes at market"}
        if signal.time_in_force not in {None, TimeInForce.GTC}:
            return {"time_in_force": "A stop-limit order waits at its price once it is triggered"}
        return _life_problems(signal)
    if signal.entry_price is None:
        if signal.time_in_force is not None:
            return {"entry_price": "A limit order needs its price"}
        return {"life_minutes": "Only a limit order rests"} if signal.life_minutes else {}
    if signal.action is SignalAction.CLOSE:
        return {"entry_price": "A closing signal closes at market"}
    if signal.time_in_force is None:
        return {"time_in_force": "A limit order needs a time in force"}
    if signal.life_minutes is not None and signal.time_in_force not in RESTING:
        return {"life_minutes": f"{signal.time_in_force.value} fills at once or ends"}
    return _life_problems(signal)


def _life_problems(signal: OwnSignal) -> dict[str, str]:
    if signal.life_minutes is None:
        return {}
    if not LIFE_MIN <= timedelta(minutes=signal.life_minutes) <= LIFE_MAX:
        most = LIFE_MAX // timedelta(minutes=1)
        return {"life_minutes": f"An entry rests for 1 to {most} minutes"}
    return {}


async def _shard(uow: UnitOfWork, account_id: UUID) -> int:
    row = (await uow.session.execute(_ACCOUNT, {"account_id": account_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {account_id}")
    return int(row.shard)


async def _ask(
    uow: UnitOfWork,
    command: Command,
    *,
    subject: UUID | None,
    shard: int | None,
    idempotency_key: str,
) -> UUID:
    need_reason(command.reason)
    command_id = await uow.issue(command, idempotency_key=idempotency_key, shard=shard)
    uow.record(CommandIssued(subject=subject, command=command.type, reason=command.reason))
    return command_id


def _text(price: Decimal | None) -> str | None:
    return None if price is None else format(price, "f")
