"""An operator's own signals: one or several at once, each checked and then asked of the daemon.

Of several that are asked for at once each is judged by itself, and what is sound is recorded in one
transaction; each then goes its own way through record, plan and fence. A batch is a convenience of
the desk and none of the exchange's: an account gets at most one order of it on an instrument.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import PublishSignal
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.entries import LIFE_MAX, LIFE_MIN, RESTING
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

BATCH_MAX = 5
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


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One signal and the deployment that it is for."""

    deployment_id: UUID
    signal: OwnSignal


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one item.

    Attributes:
        command_id: it was asked for; None: it was not.
        problems: why not, by field; "" for what no field is to blame for.
    """

    command_id: UUID | None
    problems: dict[str, str] = field(default_factory=dict)


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
    command = PublishSignal(
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
    )
    need_reason(reason)
    command_id = await uow.issue(command, idempotency_key=idempotency_key, shard=None)
    uow.record(CommandIssued(subject=deployment_id, command=command.type, reason=reason))
    return command_id


async def publish_batch(
    uow: UnitOfWork, items: Sequence[BatchItem], *, reason: str, idempotency_key: str
) -> tuple[ItemOutcome, ...]:
    """Ask for up to five signals; return what became of each, in their order.

    Asked for again under the same key it is the same batch.

    Raises:
        Invalid: no item, too many, or no reason.
    """
    need_reason(reason)
    if not 1 <= len(items) <= BATCH_MAX:
        raise Invalid({"": f"A batch has 1 to {BATCH_MAX} signals"})
    outcomes: list[ItemOutcome] = []
    taken: set[tuple[UUID, str]] = set()
    for number, item in enumerate(items):
        key = (item.deployment_id, item.signal.symbol)
        if key in taken:
            # The later one would take the earlier one back.
            outcomes.append(ItemOutcome(None, {"symbol": "The batch has a signal of it already"}))
            continue
        taken.add(key)
        outcomes.append(await _publish_item(uow, item, reason, f"{idempotency_key}:{number}"))
    return tuple(outcomes)


async def _publish_item(
    uow: UnitOfWork, item: BatchItem, reason: str, idempotency_key: str
) -> ItemOutcome:
    try:
        command_id = await publish_signal(
            uow,
            item.deployment_id,
            item.signal,
            reason=reason,
            idempotency_key=idempotency_key,
        )
    except Invalid as error:
        return ItemOutcome(None, dict(error.fields))
    except (NotFound, Refused) as error:
        return ItemOutcome(None, {"": str(error)})
    return ItemOutcome(command_id)


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


def _text(price: Decimal | None) -> str | None:
    return None if price is None else format(price, "f")
