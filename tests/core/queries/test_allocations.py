"""What the desk sees of divisions, and what the suggestions are made from."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from patriot_app.core.domain.rebalancing import StepState
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import allocations, rebalancing, strategy_returns
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import allocation_changes
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_deployment,
)


async def test_a_dry_run_names_what_waits_and_what_is_larger_than_its_share(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument("BTCUSDT")
    rows.instrument("ETHUSDT")
    asks, carries = await make_account(label="Asks"), await make_account(label="Carries")
    for account_id in (asks, carries):
        rows.state(account_id)
    trend = await make_deployment([asks, carries])
    carry = await make_deployment([asks], symbols=["ETHUSDT"])
    rows.position(carries, deployment_id=trend, leverage=2)
    wanted = {trend: Decimal("0.5"), carry: Decimal("0.5")}
    async with begin(OPERATOR) as uow:
        await allocation_changes.ask(uow, asks, wanted, reason="By phone")
    dry = await rebalancing.dry_run(OPERATOR)
    found = {one.account: one for one in dry.planned}
    assert dry.accounts >= 2
    assert found["Asks"].state is StepState.APPLIED
    assert found["Asks"].reason == "By phone"
    assert found["Carries"].state is StepState.OVER
    assert "12500.00 USDT of margin, its share is 10000.00 USDT" in found["Carries"].outcome
    (match,) = await allocations.matching(OPERATOR, "Carries")
    assert match.account.account_id == carries
    with pytest.raises(NotFound):
        await rebalancing.runs(customer(await make_client()), PageRequest())


async def test_a_strategy_returns_what_was_booked_on_its_share(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument("BTCUSDT")
    client_id = await make_client()
    account_id = await make_account(client_id)
    deployment_id = await make_deployment([account_id])
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number, equity in ((2, "1000"), (1, "1000"), (0, "1010")):
        rows.snapshot(account_id, today - timedelta(days=number), equity, resolution="day")
    (mine,) = await allocations.of_client(customer(client_id), client_id)
    strategy_id = mine.account.holdings[0].strategy_id
    assert mine.account.holdings[0].deployment_id == deployment_id
    rows.insert(
        "profit_days",
        {
            "account_id": account_id,
            "day": today.date(),
            "strategy_id": strategy_id,
            "realised": Decimal(12),
            "funding": Decimal(-1),
            "commission": Decimal(-1),
            "summed_at": datetime.now(UTC),
        },
    )
    returns = await strategy_returns.of_account(customer(client_id), account_id)
    assert returns[strategy_id] == {_today(): Decimal("0.01")}
    assert await strategy_returns.of_account(customer(await make_client()), account_id) == {}


def _today() -> date:
    return datetime.now(UTC).date()
