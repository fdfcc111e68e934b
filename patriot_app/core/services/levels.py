"""Stop and target of an open position, moved by hand: asked for at the console, set by the daemon."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import MoveLevels
from patriot_app.core.domain.events import CommandIssued, ProtectionChanged
from patriot_app.core.domain.levels import HeldPosition, Levels, is_wider, loss_at, problems_of
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

MORE_RISK = "accepts_more_risk"
"""Field of an `Invalid` whose message is the question to ask."""

_POSITION = """
    SELECT position.quantity, position.entry_price, position.wanted_stop, position.wanted_target,
           position.liquidation_price, position.deployment_id, account.shard, account.label,
           account.exchange, account.mode, price.mark_price, instrument.tick_size,
           instrument.contract_size
      FROM positions AS position
      JOIN accounts AS account ON account.id = position.account_id
      LEFT JOIN last_prices AS price ON price.exchange = account.exchange
            AND price.mode = account.mode AND price.symbol = position.symbol
      LEFT JOIN instruments AS instrument ON instrument.exchange = account.exchange
            AND instrument.symbol = position.symbol
     WHERE position.account_id = :account_id AND position.symbol = :symbol
       AND position.position_side = 'BOTH'
"""
_READ = text(_POSITION)
_LOCK = text(_POSITION + " FOR UPDATE OF position")
_SET = text(
    """
    UPDATE positions SET wanted_stop = :stop, wanted_target = :target, updated_at = :now,
           unprotected_since = CASE WHEN wanted_stop IS NULL THEN :now ELSE unprotected_since END
     WHERE account_id = :account_id AND symbol = :symbol AND position_side = 'BOTH'
    """
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was set; `is_wider`: the stop is further away than before."""

    levels: Levels
    is_wider: bool


async def ask(
    uow: UnitOfWork,
    account_id: UUID,
    symbol: str,
    wanted: Levels,
    *,
    reason: str,
    idempotency_key: str,
    accepts_more_risk: bool = False,
) -> UUID:
    """Ask for stop and target of a position to be moved; return the command.

    Raises:
        NotFound: no such position; Refused: it is not ours, or its price is not known.
        Invalid: by field; under `MORE_RISK` the question that must be answered first.
    """
    need_reason(reason)
    row = (await uow.session.execute(_READ, _key(account_id, symbol))).one_or_none()
    held = _held(row, account_id, symbol)
    assert row is not None
    _check(held, wanted, row)
    if is_wider(held, wanted) and not accepts_more_risk:
        raise Invalid({MORE_RISK: _question(held, wanted, row)})
    assert wanted.stop is not None
    command_id = await uow.issue(
        MoveLevels(
            account_id=account_id,
            symbol=symbol,
            stop_loss=format(wanted.stop, "f"),
            take_profit=None if wanted.target is None else format(wanted.target, "f"),
            accepts_more_risk=accepts_more_risk,
            reason=reason,
        ),
        idempotency_key=idempotency_key,
        shard=row.shard,
    )
    uow.record(CommandIssued(subject=account_id, command=MoveLevels.__name__, reason=reason))
    return command_id


async def move(uow: UnitOfWork, command: MoveLevels, *, mark_price: Decimal | None) -> Moved:
    """Set what the legs of a position are to be; placing them is the guard's.

    Args:
        mark_price: as the daemon sees it now.

    Raises:
        NotFound: no such position; Refused: it is not ours, its price is not known, or the stop
            would move away from where it is by now. Invalid: by field.
    """
    key = _key(command.account_id, command.symbol)
    row = (await uow.session.execute(_LOCK, key)).one_or_none()
    held = _held(row, command.account_id, command.symbol, mark_price=mark_price)
    target = None if command.take_profit is None else Decimal(command.take_profit)
    wanted = Levels(stop=Decimal(command.stop_loss), target=target)
    if wanted == held.levels:
        return Moved(wanted, is_wider=False)
    _check(held, wanted, row)
    wider = is_wider(held, wanted)
    if wider and not command.accepts_more_risk:
        raise Refused("The stop was moved nearer meanwhile: what you asked for would risk more")
    await uow.session.execute(
        _SET, key | {"stop": wanted.stop, "target": wanted.target, "now": uow.now}
    )
    uow.record(
        ProtectionChanged(
            account_id=command.account_id,
            symbol=command.symbol,
            stop_before=held.levels.stop,
            stop=wanted.stop,
            target_before=held.levels.target,
            target=wanted.target,
            reason=command.reason,
        )
    )
    uow.touch("positions")
    return Moved(wanted, is_wider=wider)


def _held(
    row: Any, account_id: UUID, symbol: str, *, mark_price: Decimal | None = None
) -> HeldPosition:
    if row is None or row.quantity == 0:
        raise NotFound(f"Account {account_id} holds no {symbol}")
    if row.deployment_id is None:
        raise Refused(f"{symbol} of {row.label} is not the desk's; its owner guards it")
    price = mark_price if mark_price is not None else row.mark_price
    if price is None or row.tick_size is None:
        raise Refused(f"The price of {symbol} is not known yet; try again in a moment")
    return HeldPosition(
        quantity=row.quantity,
        entry_price=row.entry_price,
        mark_price=price,
        liquidation_price=row.liquidation_price,
        levels=Levels(row.wanted_stop, row.wanted_target),
    )


def _check(held: HeldPosition, wanted: Levels, row: Any) -> None:
    problems = problems_of(held, wanted, tick_size=row.tick_size)
    if problems:
        raise Invalid(problems)


def _question(held: HeldPosition, wanted: Levels, row: Any) -> str:
    assert wanted.stop is not None
    assert held.levels.stop is not None
    before = loss_at(held, held.levels.stop, contract_size=row.contract_size)
    after = loss_at(held, wanted.stop, contract_size=row.contract_size)
    return (
        f"The stop moves away from the price, from {held.levels.stop.normalize():f} to "
        f"{wanted.stop.normalize():f}. The loss at the stop grows from {before:,.2f} to "
        f"{after:,.2f} USDT, before commission. The exit plan of the position ends: nothing moves "
        "this stop back by itself."
    )


def _key(account_id: UUID, symbol: str) -> dict[str, Any]:
    return {"account_id": account_id, "symbol": symbol}
