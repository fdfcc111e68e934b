"""Limits keep their history; what an operator asks for is checked before it is a command."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.mandates import Terms
from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.services import (
    deployments,
    desk_orders,
    instruments,
    mandates,
    own_signals,
    risk,
)
from patriot_app.core.services.own_signals import OwnSignal
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    make_account,
    make_client,
    make_deployment,
    make_mandate,
)


async def fetch(statement: str, **values: object) -> list[tuple[object, ...]]:
    async with begin(OPERATOR) as uow:
        return [tuple(row) for row in await uow.session.execute(text(statement), values)]


async def test_replacing_a_limit_keeps_the_old_one_on_record(as_web: str) -> None:
    account_id = await make_account()
    for value in ("1000", "2000"):
        async with begin(OPERATOR) as uow:
            await risk.set_limit(
                uow,
                scope=LimitScope.ACCOUNT,
                scope_id=account_id,
                name=LimitName.POSITION_NOTIONAL,
                value=Decimal(value),
                reason="Careful",
            )
    found = await fetch(
        "SELECT value, ended_at IS NULL FROM risk_limits WHERE scope_id = :id ORDER BY created_at",
        id=str(account_id),
    )
    assert found == [(Decimal(1000), False), (Decimal(2000), True)]
    async with begin(OPERATOR) as uow:
        await risk.clear_limit(
            uow,
            scope=LimitScope.ACCOUNT,
            scope_id=account_id,
            name=LimitName.POSITION_NOTIONAL,
            reason="Enough",
        )
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused):
            await risk.clear_limit(
                uow,
                scope=LimitScope.ACCOUNT,
                scope_id=account_id,
                name=LimitName.POSITION_NOTIONAL,
                reason="Again",
            )


async def test_a_limit_of_nobody_is_not_found(as_web: str) -> None:
    async with begin(OPERATOR) as uow:
        with pytest.raises(NotFound):
            await risk.set_limit(
                uow,
                scope=LimitScope.CLIENT,
                scope_id=uuid4(),
                name=LimitName.LEVERAGE,
                value=Decimal(2),
                reason="Careful",
            )


async def test_closing_what_is_not_held_is_refused(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_account(label="Flat")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="Flat holds no BTCUSDT"):
            await desk_orders.close_position(
                uow, account_id, "BTCUSDT", reason="Out", idempotency_key=str(uuid4())
            )
    rows.position(account_id)
    key = str(uuid4())
    ids = set()
    for _ in range(2):
        async with begin(OPERATOR) as uow:
            ids.add(
                await desk_orders.close_position(
                    uow, account_id, "BTCUSDT", reason="Out", idempotency_key=key
                )
            )
    assert len(ids) == 1


async def test_only_a_working_order_can_be_cancelled(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_account()
    intent_id = rows.intent(account_id)
    done = rows.attempt(intent_id, account_id, state="filled")
    working = rows.attempt(intent_id, account_id, number=2)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="is filled"):
            await desk_orders.cancel_order(uow, done, reason="Out", idempotency_key=str(uuid4()))
        assert await desk_orders.cancel_order(
            uow, working, reason="Out", idempotency_key=str(uuid4())
        )


async def test_an_own_signal_needs_a_running_deployment_and_a_stop(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    deployment_id = await make_deployment([await make_account()], kind="operator_signal")
    signal = OwnSignal("BTCUSDT", SignalAction.OPEN_LONG, stop_loss=Decimal(49_000))
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="stop"):
            await own_signals.publish_signal(
                uow,
                deployment_id,
                OwnSignal("BTCUSDT", SignalAction.OPEN_LONG),
                reason="View",
                idempotency_key=str(uuid4()),
            )
        command_id = await own_signals.publish_signal(
            uow, deployment_id, signal, reason="View", idempotency_key=str(uuid4())
        )
        await deployments.pause(uow, deployment_id, reason="News")
    found = await fetch(
        "SELECT payload ->> 'stop_loss', shard FROM commands WHERE id = :id", id=command_id
    )
    assert found == [("49000", None)]
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="is paused"):
            await own_signals.publish_signal(
                uow, deployment_id, signal, reason="View", idempotency_key=str(uuid4())
            )


async def test_an_account_is_in_one_mandate_at_a_time(as_web: str) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    mandate_id = await make_mandate(client_id, [account_id])
    with pytest.raises(Refused, match="in a mandate already"):
        await make_mandate(client_id, [account_id])
    async with begin(OPERATOR) as uow:
        terms = Terms(Decimal("0.2"))
        valid_from = await mandates.change_terms(uow, mandate_id, terms, reason="Agreed anew")
        assert (valid_from.day, valid_from.hour) == (1, 0)
        assert valid_from > uow.now
        await mandates.end(uow, mandate_id, reason="Left")
    assert await make_mandate(client_id, [account_id])


async def test_profit_open_at_the_start_of_a_mandate_becomes_its_first_mark(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    rows.state(account_id, unrealised_pnl=Decimal(250))
    mandate_id = await make_mandate(client_id, [account_id])
    assert await fetch("SELECT opening_mark FROM mandates WHERE id = :id", id=mandate_id) == [
        (Decimal(250),)
    ]


async def test_a_contract_is_switched_off_with_a_reason(as_web: str, rows: DaemonRows) -> None:
    rows.instrument("SOLUSDT")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid):
            await instruments.disable(uow, Exchange.BINANCE, "SOLUSDT", reason="")
        await instruments.disable(uow, Exchange.BINANCE, "SOLUSDT", reason="Delisting")
        await instruments.enable(uow, Exchange.BINANCE, "SOLUSDT")
        with pytest.raises(NotFound):
            await instruments.enable(uow, Exchange.BYBIT, "SOLUSDT")
    assert await fetch(
        "SELECT is_enabled FROM instrument_permissions WHERE symbol = 'SOLUSDT'"
    ) == [(True,)]
