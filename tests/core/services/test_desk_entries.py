"""What an operator asks of entries is checked by field before it is a command."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.services import desk_entries, own_signals
from patriot_app.core.services.own_signals import OwnSignal
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_deployment

LONG = SignalAction.OPEN_LONG
PRICE, STOP = Decimal(49_000), Decimal(48_000)


def limit(**overrides: object) -> OwnSignal:
    """Return a limit signal to buy at 49,000."""
    fields: dict[str, object] = {
        "symbol": "BTCUSDT",
        "action": LONG,
        "stop_loss": STOP,
        "entry_price": PRICE,
        "time_in_force": TimeInForce.GTC,
    }
    return OwnSignal(**{**fields, **overrides})  # type: ignore[arg-type]


def resting(rows: DaemonRows, account_id: UUID) -> UUID:
    """Write an entry that rests, 0.5 at 49,000 with its stop at 48,000; 0.1 are filled."""
    intent_id = rows.intent(
        account_id,
        order_type="LIMIT",
        time_in_force="GTC",
        price=PRICE,
        stop_loss=STOP,
        quantity=Decimal("0.5"),
        side="BUY",
        leg="entry",
    )
    return rows.attempt(
        intent_id, account_id, state="partially_filled", filled_quantity=Decimal("0.1")
    )


async def amend(attempt_id: UUID, **wanted: Decimal | None) -> UUID:
    fields: dict[str, Decimal | None] = {"price": None, "quantity": None}
    async with begin(OPERATOR) as uow:
        return await desk_entries.amend_order(
            uow,
            attempt_id,
            **{**fields, **wanted},
            reason="The level moved",
            idempotency_key=str(uuid4()),
        )


@pytest.mark.parametrize(
    ("signal", "field"),
    [
        (limit(entry_price=Decimal(-1)), "entry_price"),
        (limit(entry_price=None), "entry_price"),
        (limit(time_in_force=None), "time_in_force"),
        (limit(life_minutes=0), "life_minutes"),
        (limit(life_minutes=20_000), "life_minutes"),
        (limit(time_in_force=TimeInForce.IOC, life_minutes=5), "life_minutes"),
        (limit(action=SignalAction.CLOSE), "entry_price"),
    ],
)
async def test_an_own_limit_signal_is_refused_by_its_field(
    as_web: str, rows: DaemonRows, signal: OwnSignal, field: str
) -> None:
    rows.instrument()
    deployment_id = await make_deployment([await make_account()], kind="operator_signal")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid) as refused:
            await own_signals.publish_signal(
                uow, deployment_id, signal, reason="View", idempotency_key=str(uuid4())
            )
    assert list(refused.value.fields) == [field]


async def test_an_own_limit_signal_travels_whole_to_the_daemon(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    deployment_id = await make_deployment([await make_account()], kind="operator_signal")
    async with begin(OPERATOR) as uow:
        command_id = await own_signals.publish_signal(
            uow,
            deployment_id,
            limit(life_minutes=30),
            reason="View",
            idempotency_key=str(uuid4()),
        )
        found = await uow.session.execute(
            text("SELECT payload FROM commands WHERE id = :id"), {"id": command_id}
        )
        payload = found.scalar_one()
    told = {name: payload[name] for name in ("entry_price", "time_in_force", "life_minutes")}
    assert told == {"entry_price": "49000", "time_in_force": "GTC", "life_minutes": 30}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, ""),
        ({"price": Decimal(0)}, "price"),
        ({"price": Decimal(48_000)}, "price"),
        ({"quantity": Decimal("0.6")}, "quantity"),
        ({"quantity": Decimal("0.1")}, "quantity"),
        ({"price": Decimal(50_000), "quantity": Decimal("0.3")}, "quantity"),
    ],
)
async def test_a_change_that_may_not_be_is_refused_by_its_field(
    as_web: str, rows: DaemonRows, wanted: dict[str, Decimal], field: str
) -> None:
    order = resting(rows, await make_account())
    with pytest.raises(Invalid) as refused:
        await amend(order, **wanted)
    assert list(refused.value.fields) == [field]


async def test_a_change_that_may_be_becomes_a_command(as_web: str, rows: DaemonRows) -> None:
    order = resting(rows, await make_account())
    assert await amend(order, price=Decimal(50_000), quantity=Decimal("0.2"))


async def test_only_an_entry_with_a_price_that_works_can_be_changed(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    market = rows.attempt(rows.intent(account_id), account_id)
    ended = rows.attempt(rows.intent(account_id), account_id, state="filled")
    with pytest.raises(Refused, match="price of its own"):
        await amend(market, price=Decimal(1))
    with pytest.raises(Refused, match="is filled"):
        await amend(ended, price=Decimal(1))
    with pytest.raises(NotFound):
        await amend(uuid4(), price=Decimal(1))


async def test_entries_of_an_account_are_one_command_on_its_shard(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        commands = await desk_entries.cancel_entries(
            uow,
            EntryScope.ACCOUNT,
            str(account_id),
            reason="Out of here",
            idempotency_key=str(uuid4()),
        )
    assert len(commands) == 1


async def test_a_scope_without_entries_is_said(as_web: str) -> None:
    async with begin(OPERATOR) as uow:
        with pytest.raises(NotFound):
            await desk_entries.cancel_entries(
                uow,
                EntryScope.DEPLOYMENT,
                str(uuid4()),
                reason="Out of here",
                idempotency_key=str(uuid4()),
            )


async def test_taking_back_needs_a_reason(as_web: str) -> None:
    await make_account()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid):
            await desk_entries.cancel_entries(
                uow, EntryScope.DESK, reason="", idempotency_key=str(uuid4())
            )
