"""Totals, exposure, fees and curves come out as the books say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.mandates import FeeMeasure
from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.core.queries import (
    accounts,
    billing,
    exceptions,
    overview,
    portfolio,
    positions,
    risk,
    users,
)
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import halts
from patriot_app.core.services import risk as risk_services
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.rows import (
    NOON,
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_mandate,
)


@pytest.fixture(autouse=True)
def emptied(server: Server, database_name: str) -> None:
    """Totals of the whole desk need a desk without what other tests left."""
    server.execute(
        "SET session_replication_role = replica; TRUNCATE users CASCADE; TRUNCATE last_prices,"
        " market_clock, halts, risk_limits CASCADE",
        database=database_name,
    )


def price(rows: DaemonRows, symbol: str, mark: str) -> None:
    rows.insert(
        "last_prices",
        {
            "exchange": "binance",
            "mode": "paper",
            "symbol": symbol,
            "mark_price": Decimal(mark),
            "last_price": Decimal(mark),
            "observed_at": datetime.now(UTC),
        },
    )


async def test_the_overview_adds_up_the_desk(as_web: str, rows: DaemonRows) -> None:
    first, second = await make_account(), await make_account()
    rows.state(first, equity=Decimal(11_000), day_opening_equity=Decimal(10_000))
    rows.state(second, is_ready=False, observed_at=datetime.now(UTC) - timedelta(minutes=1))
    price(rows, "BTCUSDT", "51000")
    rows.position(first)
    rows.position(
        second,
        quantity=Decimal("-0.2"),
        unprotected_since=datetime.now(UTC),
        wanted_stop=Decimal(52_000),
    )
    found = await overview.get(OPERATOR)
    assert (found.equity, found.day_profit, found.day_return) == (
        Decimal(21_000),
        Decimal(1_000),
        Decimal("0.05"),
    )
    assert (found.long_exposure, found.short_exposure) == (Decimal(25_500), Decimal(10_200))
    assert found.net_exposure == Decimal(15_300)
    assert (found.accounts, found.ready_accounts, found.stale_accounts) == (2, 1, 1)
    assert (found.open_positions, found.unprotected_positions) == (2, 1)
    inbox = await exceptions.page(OPERATOR, PageRequest())
    assert [one.title for one in inbox.items] == ["BTCUSDT has no live stop"]
    assert inbox.items[0].detail == "Wanted at 52000"


async def test_a_position_shows_its_stop_its_profit_and_how_far_liquidation_is(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    price(rows, "BTCUSDT", "50000")
    rows.position(
        account_id,
        entry_price=Decimal(49_000),
        wanted_stop=Decimal(48_000),
        liquidation_price=Decimal(40_000),
    )
    rows.insert(
        "protection_legs",
        {
            "id": UUID(int=7),
            "account_id": account_id,
            "symbol": "BTCUSDT",
            "leg": "stop_loss",
            "trigger_price": Decimal(48_000),
            "state": "placed",
        },
    )
    found = (await positions.page(OPERATOR, PageRequest())).items[0]
    assert (found.unrealised_pnl, found.notional) == (Decimal(500), Decimal(25_000))
    assert found.live_stop == found.wanted_stop == Decimal(48_000)
    assert found.liquidation_distance == Decimal("0.2")
    exposure = await positions.by_symbol(OPERATOR)
    assert [(one.symbol, one.net, one.accounts) for one in exposure] == [
        ("BTCUSDT", Decimal(25_000), 1)
    ]


async def test_the_fee_so_far_is_the_rate_on_the_netted_profit_above_the_mark(
    as_web: str, rows: DaemonRows
) -> None:
    # FEES.md, own vector: two accounts of one mandate, month 1 of the end-to-end case.
    client_id = await make_client()
    binance, bybit = await make_account(client_id), await make_account(client_id)
    mandate_id = await make_mandate(client_id, [binance, bybit])
    rows.state(binance, unrealised_pnl=Decimal(-150))
    rows.state(bybit, unrealised_pnl=Decimal(60))
    for account_id, kind, amount in (
        (binance, "TRANSFER", "2000"),
        (binance, "TRANSFER", "-1000"),
        (binance, "REALIZED_PNL", "900"),
        (binance, "FUNDING_FEE", "-40"),
        (binance, "COMMISSION", "-60"),
        (bybit, "TRANSFER", "1000"),
        (bybit, "TRADE", "-200"),
        (bybit, "SETTLEMENT", "10"),
        (bybit, "COMMISSION", "-20"),
    ):
        rows.ledger_row(account_id, kind, amount)
    found = await billing.accrual(OPERATOR, mandate_id)
    assert found.accrual is not None
    assert found.performance == Decimal(590)
    assert found.accrual.net_profit == Decimal(500)
    assert (found.accrual.base, found.accrual.rate) == (Decimal(500), Decimal("0.3"))
    assert found.accrual.fee == Decimal("150.00")
    assert found.external_flows == Decimal(2_000)
    assert not found.is_billable
    assert found.terms is not None
    assert found.terms.measure is FeeMeasure.PRUDENT
    sums = {one.row_type: one.amount for one in await billing.ledger_types(OPERATOR, mandate_id)}
    assert sums["COMMISSION"] == Decimal(-80)


async def test_open_profit_is_not_charged_and_rows_before_the_mandate_do_not_count(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    rows.ledger_row(account_id, "REALIZED_PNL", "777", occurred_at=NOON - timedelta(days=300))
    mandate_id = await make_mandate(client_id, [account_id], starts_at=NOON - timedelta(days=30))
    rows.state(account_id, unrealised_pnl=Decimal(1_000))
    rows.ledger_row(account_id, "REALIZED_PNL", "100")
    found = await billing.accrual(OPERATOR, mandate_id)
    assert found.accrual is not None
    assert (found.accrual.net_profit, found.accrual.fee) == (Decimal(100), Decimal("30.00"))


async def test_profit_up_to_the_last_finalised_mark_is_not_charged_again(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    mandate_id = await make_mandate(client_id, [account_id])
    rows.state(account_id)
    rows.ledger_row(account_id, "REALIZED_PNL", "800")
    rows.insert(
        "fee_periods",
        {
            "id": UUID(int=5),
            "mandate_id": mandate_id,
            "starts_at": datetime(2026, 4, 1, tzinfo=UTC),
            "ends_at": datetime(2026, 5, 1, tzinfo=UTC),
            "status": "finalised",
            "high_water_mark_after": Decimal(500),
        },
    )
    found = await billing.accrual(OPERATOR, mandate_id)
    assert found.accrual is not None
    assert (found.accrual.base, found.accrual.fee) == (Decimal(300), Decimal("90.00"))


async def test_what_would_hold_a_close_is_said(as_web: str, rows: DaemonRows) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id, label="Odd")
    mandate_id = await make_mandate(client_id, [account_id])
    rows.ledger_row(account_id, "MYSTERY", "1", classification="unknown")
    rows.ledger_row(account_id, "COMMISSION", "-1", asset="BNB", occurred_at=datetime.now(UTC))
    found = await billing.accrual(OPERATOR, mandate_id)
    assert found.warnings == (
        "Odd: 1 rows of a type that nobody classified",
        "Odd: 1 rows in another currency",
        "Odd: its ledger was never read",
    )


async def test_a_curve_shows_no_profit_from_a_deposit_and_no_fall_from_a_gap(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    first, second = await make_account(client_id), await make_account(client_id)
    now = datetime.now(UTC)
    rows.snapshot(first, now - timedelta(hours=3), "1000")
    rows.snapshot(second, now - timedelta(hours=3), "500")
    rows.snapshot(first, now - timedelta(hours=2), "1100")
    rows.snapshot(first, now - timedelta(hours=1), "2000", net_flows=Decimal(1_000))
    rows.snapshot(second, now - timedelta(hours=1), "500")
    curve = await portfolio.equity_curve(customer(client_id), span=portfolio.Span.DAY)
    assert [point.equity for point in curve] == [Decimal(1_500), Decimal(1_600), Decimal(2_500)]
    assert [point.profit for point in curve] == [Decimal(0), Decimal(100), Decimal(0)]
    assert [round(point.drawdown_fraction, 4) for point in curve] == [
        0,
        0,
        round(Decimal(100) / 1_600, 4),
    ]


async def test_the_curve_of_the_desk_adds_up_accounts_and_keeps_what_a_gap_hides(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    first, second = await make_account(client_id), await make_account(client_id)
    before = await portfolio.equity_curve(OPERATOR, span=portfolio.Span.DAY)
    # Seven minutes past the hour: the minute before falls into the same step of the curve.
    now = (datetime.now(UTC) - timedelta(hours=1)).replace(minute=7, second=0, microsecond=0)
    for hours, equity, other in ((6, "1000", "500"), (4, "1100", None), (2, "1300", "450")):
        rows.snapshot(first, now - timedelta(hours=hours, minutes=1), "1")
        rows.snapshot(first, now - timedelta(hours=hours), equity)
        if other is not None:
            rows.snapshot(second, now - timedelta(hours=hours), other)
    assert before == ()
    curve = await portfolio.equity_curve(OPERATOR, span=portfolio.Span.DAY)
    kept = [point.equity for point in curve if point.equity > 100]
    assert kept == [Decimal(1_500), Decimal(1_600), Decimal(1_750)]
    one_by_one = [
        await portfolio.equity_curve(OPERATOR, span=portfolio.Span.DAY, account_id=account_id)
        for account_id in (first, second)
    ]
    assert curve[-1].equity == sum(points[-1].equity for points in one_by_one)


async def test_a_client_sees_his_money_in_one_place(as_web: str, rows: DaemonRows) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    rows.state(account_id, equity=Decimal(10_500), unrealised_pnl=Decimal(500))
    rows.ledger_row(account_id, "REALIZED_PNL", "42")
    found = await portfolio.portfolio(customer(client_id), client_id)
    assert (found.accounts, found.equity, found.booked_profit) == (1, Decimal(10_500), Decimal(42))
    rows.fill(account_id, None)
    trades = await portfolio.trades(customer(client_id), PageRequest())
    assert [one.price for one in trades.items] == [Decimal(50_010)]


async def test_usage_stands_beside_the_strictest_limit_and_its_origin(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    rows.state(account_id)
    price(rows, "BTCUSDT", "50000")
    rows.position(account_id)
    for scope, scope_id, value in (
        (LimitScope.CLIENT, client_id, "3"),
        (LimitScope.ACCOUNT, account_id, "4"),
    ):
        async with begin(OPERATOR) as uow:
            await risk_services.set_limit(
                uow,
                scope=scope,
                scope_id=scope_id,
                name=LimitName.LEVERAGE,
                value=Decimal(value),
                reason="Careful",
            )
    found = (await risk.usage(OPERATOR, PageRequest())).items[0]
    assert (found.gross_notional, found.leverage) == (Decimal(25_000), Decimal("2.5"))
    leverage = next(one for one in found.limits if one.name is LimitName.LEVERAGE)
    assert (leverage.value, leverage.origin) == (Decimal(3), "client")
    assert (await risk.limits(OPERATOR))[0].subject == "Ada"


async def test_a_halt_is_named_by_what_it_stops(as_web: str) -> None:
    client_id = await make_client(name="Grace")
    async with begin(OPERATOR) as uow:
        raised = await halts.raise_halt(
            uow,
            scope=HaltScope.CLIENT,
            scope_id=str(client_id),
            level=HaltLevel.NO_ENTRIES,
            reason="Doubt",
        )
    assert [one.subject for one in await risk.active_halts(OPERATOR)] == ["Grace"]
    async with begin(OPERATOR) as uow:
        await halts.lower_halt(uow, raised.halt_id, reason="Clear")
    assert await risk.active_halts(OPERATOR) == ()
    assert [one.lift_reason for one in await risk.past_halts(OPERATOR)] == ["Clear"]


async def test_clients_and_accounts_carry_their_sums(as_web: str, rows: DaemonRows) -> None:
    client_id = await make_client(name="Ida")
    for _ in range(2):
        rows.state(await make_account(client_id), equity=Decimal(9_000))
    client = (await users.page(OPERATOR, PageRequest(search="ida"))).items[0]
    assert (client.accounts, client.equity, client.drawdown_fraction) == (
        2,
        Decimal(18_000),
        Decimal("0.1"),
    )
    account = (await accounts.page(OPERATOR, PageRequest(sort="equity"))).items[0]
    detail = await accounts.detail(OPERATOR, account.id)
    assert detail.summary == account
