"""Days are summed from ledger, fills and readings; strategies add up to the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.benchmarks import daily_returns
from patriot_app.core.domain.daily_returns import Period
from patriot_app.core.domain.ledger import LedgerClass
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.strategy_days import ALL, StrategyPart
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import performance, rankings
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.performance import Segment, Subject, SubjectKind
from patriot_app.core.services import benchmarks, ledger_types, mandates, performance_days
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_deployment,
    make_mandate,
    make_version,
)

TODAY = date(2026, 5, 10)
NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
Engines = tuple[AsyncEngine, AsyncEngine]


def at(day: int, hour: int = 0) -> datetime:
    """Return an hour of a day of May 2026."""
    return datetime(2026, 5, day, hour, tzinfo=UTC)


def stop_the_clock(rows: DaemonRows, market: datetime = NOW) -> None:
    """Let the market stand still; the wall's hours have no say."""
    rows.execute(
        "INSERT INTO market_clock (id, wall_origin, market_origin, speed, is_paused, is_finished)"
        " VALUES (1, now(), %s, 1, true, false)"
        " ON CONFLICT (id) DO UPDATE SET market_origin = excluded.market_origin",
        market,
    )


async def sum_days(engines: Engines) -> None:
    """Do what the daemon's job does."""
    use_engine(engines[1])
    async with begin(SYSTEM) as uow:
        moved = await performance_days.book_profit(uow)
        await performance_days.sum_up(uow, moved=moved, today=TODAY)
    use_engine(engines[0])


async def strategy_of(deployment_id: UUID) -> UUID:
    async with begin(OPERATOR) as uow:
        found: UUID = (
            await uow.session.execute(
                text("SELECT strategy_id FROM deployments WHERE id = :id"), {"id": deployment_id}
            )
        ).scalar_one()
        return found


@pytest.fixture
async def desk(engines: Engines, rows: DaemonRows) -> dict[str, Any]:
    """Ada has a Binance and Bob a Bybit account; Ada's trades by a strategy and by hand."""
    use_engine(engines[0])
    stop_the_clock(rows)
    rows.execute("DELETE FROM equity_snapshots")
    rows.execute("DELETE FROM profit_days")
    rows.execute("DELETE FROM segment_days")
    rows.instrument()
    ada, bob = await make_client(name="Ada"), await make_client(name="Bob")
    own, other = await make_account(ada), await make_account(bob)
    deployment = await make_deployment([own])
    rows.execute("UPDATE market_clock SET wall_origin = now() + interval '10 days'")
    for day, equity, flows in ((8, "1000", "1000"), (9, "1110", "1000"), (10, "1600", "1500")):
        rows.snapshot(own, at(day), equity, resolution="day", net_flows=Decimal(flows))
        rows.snapshot(other, at(day), "500", resolution="day", net_flows=Decimal(500))
    attempt = rows.attempt(rows.intent(own, deployment_id=deployment), own)
    rows.fill(own, attempt, exchange_trade_id="t1", traded_at=at(9, 8))
    rows.fill(own, None, exchange_trade_id="t2", symbol="ETHUSDT", traded_at=at(9, 9))
    rows.ledger_row(
        own, "REALIZED_PNL", "100", symbol="BTCUSDT", trade_id="t1", occurred_at=at(9, 8)
    )
    rows.ledger_row(own, "COMMISSION", "-3", symbol="BTCUSDT", trade_id="t1", occurred_at=at(9, 8))
    rows.ledger_row(own, "FUNDING_FEE", "-2", symbol="BTCUSDT", occurred_at=at(9, 16))
    rows.ledger_row(
        own, "REALIZED_PNL", "15", symbol="ETHUSDT", trade_id="t2", occurred_at=at(9, 9)
    )
    rows.ledger_row(own, "TRANSFER", "500", occurred_at=at(10, 1))
    await sum_days(engines)
    return {"ada": ada, "bob": bob, "own": own, "strategy": await strategy_of(deployment)}


def of(kind: SubjectKind, subject_id: UUID = ALL) -> Subject:
    return Subject(kind, subject_id)


async def test_strategies_and_the_rest_add_up_to_the_ledger(desk: dict[str, Any]) -> None:
    for subject in (of(SubjectKind.CLIENT, desk["ada"]), of(SubjectKind.ACCOUNT, desk["own"])):
        parts = await performance.attribution(OPERATOR, subject, Period.MONTH)
        by_id = {one.strategy_id: one.part for one in parts}
        assert by_id[desk["strategy"]] == StrategyPart(Decimal(100), Decimal(-2), Decimal(-3))
        assert by_id[ALL] == StrategyPart(Decimal(15), Decimal(0), Decimal(0))
        assert sum((part.total for part in by_id.values()), Decimal(0)) == 110


async def test_the_desk_sums_its_accounts_and_leaves_flows_out(desk: dict[str, Any]) -> None:
    segment = Segment(mode="paper")
    course = await performance.course(OPERATOR, of(SubjectKind.DESK), Period.MONTH, segment)
    ours = await performance.course(OPERATOR, of(SubjectKind.CLIENT, desk["ada"]), Period.MONTH)
    first, second, third = ours.days
    assert (first.flow, first.profit) == (1000, 0)
    assert (second.profit, second.capital) == (110, 1000)
    assert (third.flow, third.profit, third.capital) == (500, -10, 1610)
    assert ours.name == "Ada"
    whole = {day.day: day for day in course.days}
    assert whole[TODAY].profit == -10
    assert whole[TODAY].equity == 2100


async def test_a_strategy_is_measured_on_its_share(desk: dict[str, Any]) -> None:
    subject = of(SubjectKind.STRATEGY, desk["strategy"])
    course = await performance.course(OPERATOR, subject, Period.MONTH)
    made = {day.day: day for day in course.days}
    assert (made[date(2026, 5, 9)].profit, made[date(2026, 5, 9)].capital) == (95, 1000)
    (ranked,) = [
        one
        for one in await rankings.strategies(OPERATOR, Period.MONTH, Segment(exchange="binance"))
        if one.strategy_id == desk["strategy"]
    ]
    assert (ranked.managed, ranked.accounts) == (1600, 1)
    of_bybit = await rankings.strategies(OPERATOR, Period.MONTH, Segment(exchange="bybit"))
    assert of_bybit == ()
    (part,) = await performance.attribution(OPERATOR, subject, Period.MONTH)
    assert part.part.total == 95


async def test_a_late_row_books_its_day_anew_and_a_repeat_changes_nothing(
    desk: dict[str, Any], engines: Engines, rows: DaemonRows
) -> None:
    subject = of(SubjectKind.ACCOUNT, desk["own"])
    await sum_days(engines)
    again = await performance.attribution(OPERATOR, subject, Period.MONTH)
    assert sum((one.part.total for one in again), Decimal(0)) == 110
    details = "cashFlow=10 funding=-1.5 fee=0.5"
    rows.ledger_row(
        desk["own"], "TRADE", "8", symbol="BTCUSDT", details=details, occurred_at=at(9, 20)
    )
    await sum_days(engines)
    late = await performance.attribution(OPERATOR, subject, Period.MONTH)
    by_id = {one.strategy_id: one.part for one in late}
    assert by_id[desk["strategy"]] == StrategyPart(Decimal(110), Decimal("-3.5"), Decimal("-3.5"))


async def test_a_type_that_is_explained_late_books_its_days_anew(
    desk: dict[str, Any], engines: Engines, rows: DaemonRows
) -> None:
    subject = of(SubjectKind.ACCOUNT, desk["own"])
    # It came long ago: nothing but the decision tells that its day must be booked anew.
    rows.ledger_row(
        desk["own"],
        "NEW_TYPE",
        "7",
        classification="unknown",
        occurred_at=at(9, 3),
        ingested_at=at(9, 4),
    )
    use_engine(engines[0])
    async with begin(OPERATOR) as uow:
        await ledger_types.classify(
            uow,
            Exchange.BINANCE,
            "NEW_TYPE",
            classification=LedgerClass.PERFORMANCE,
            reason="A rebate of commission",
        )
    await sum_days(engines)
    parts = await performance.attribution(OPERATOR, subject, Period.MONTH)
    assert sum((one.part.total for one in parts), Decimal(0)) == 117


async def test_the_first_day_has_a_profit_where_the_ledger_tells_what_was_there_before(
    desk: dict[str, Any], engines: Engines, rows: DaemonRows
) -> None:
    own = desk["own"]
    rows.ledger_row(own, "REALIZED_PNL", "-20", occurred_at=at(7, 9))
    rows.ledger_row(own, "TRANSFER", "300", occurred_at=at(8, 1))
    rows.execute(
        "INSERT INTO ledger_cursors (account_id, cursor, opening_wallet, tied_at)"
        " VALUES (%s, 'c', 650, now())",
        own,
    )
    course = await performance.course(OPERATOR, of(SubjectKind.ACCOUNT, own), Period.MONTH)
    first = course.days[0]
    # 630 were there and 300 came in: the equity of 1,000 holds a profit of 70.
    assert (first.flow, first.profit, first.capital) == (930, 70, 930)


async def test_a_client_sees_his_own_days_and_never_the_desk(desk: dict[str, Any]) -> None:
    him = customer(desk["bob"])
    course = await performance.course(him, of(SubjectKind.ACCOUNT, desk["own"]), Period.MONTH)
    assert course.days == ()
    subject = of(SubjectKind.CLIENT, desk["ada"])
    assert await performance.attribution(him, subject, Period.MONTH) == ()
    own = await performance.course(him, of(SubjectKind.CLIENT, desk["bob"]), Period.MONTH)
    assert len(own.days) == 3
    with pytest.raises(NotFound):
        await performance.course(him, of(SubjectKind.DESK), Period.MONTH)


async def test_fills_of_a_signal_are_told_from_best_to_worst(
    engines: Engines, rows: DaemonRows
) -> None:
    use_engine(engines[0])
    rows.instrument()
    accounts = [await make_account() for _ in range(3)]
    version = await make_version()
    deployment = await make_deployment(accounts, version_id=version)
    signal = rows.signal(deployment, version)
    for place, (account, price) in enumerate(zip(accounts, (50_005, 50_050, 50_010), strict=True)):
        rows.fan_out_account(signal, account, place=place)
        intent = rows.intent(account, signal_id=signal, deployment_id=deployment)
        rows.attempt(
            intent,
            account,
            state="filled",
            filled_quantity=Decimal("0.5"),
            average_price=Decimal(price),
        )
    strategy = await strategy_of(deployment)
    asked = PageRequest(filters={"strategy_id": str(strategy)})
    (spread,) = (await rankings.spreads(OPERATOR, asked)).items
    assert (spread.accounts, spread.best, spread.median, spread.worst) == (3, 1, 2, 10)
    assert (spread.best_price, spread.median_price, spread.worst_price) == (50_005, 50_010, 50_050)


async def test_clients_are_counted_from_the_month_they_began(
    engines: Engines, rows: DaemonRows
) -> None:
    use_engine(engines[0])
    stop_the_clock(rows)
    before = {cohort.month: cohort for cohort in await rankings.cohorts(OPERATOR)}
    stays, left = await make_client(), await make_client()
    for client in (stays, left):
        mandate = await make_mandate(
            client, [await make_account(client)], starts_at=datetime(2026, 2, 3, tzinfo=UTC)
        )
    stop_the_clock(rows, datetime(2026, 4, 10, tzinfo=UTC))
    async with begin(OPERATOR) as uow:
        await mandates.end(uow, mandate, reason="moves away")
    stop_the_clock(rows)
    after = {cohort.month: cohort for cohort in await rankings.cohorts(OPERATOR)}
    month = date(2026, 2, 1)
    assert month not in before
    assert after[month].clients == 2
    assert after[month].kept == (2, 2, 1, 1)


async def test_a_benchmark_is_replaced_whole_and_recorded(engines: Engines) -> None:
    use_engine(engines[0])
    for file in (
        "date,close\n2026-05-08,100\n2026-05-09,50\n",
        "date,close\n2026-05-09,100\n2026-05-10,110\n",
    ):
        async with begin(OPERATOR) as uow:
            assert await benchmarks.import_closes(uow, "Index", file) == "Index"
    closes = await performance.closes(OPERATOR, "Index", first=TODAY, end=TODAY + timedelta(days=1))
    assert daily_returns(closes) == {TODAY: pytest.approx(0.1)}
    assert "Index" in await performance.benchmarks(OPERATOR)
    async with begin(OPERATOR) as uow:
        recorded = await uow.session.execute(
            text("SELECT payload FROM events WHERE type = 'BenchmarkImported' ORDER BY sequence")
        )
        assert [row["first_day"] for row in recorded.scalars()] == ["2026-05-08", "2026-05-09"]
    with pytest.raises(Invalid):
        async with begin(OPERATOR) as uow:
            await benchmarks.import_closes(uow, "BTC", "date,close\n")


async def test_only_the_daemon_keeps_what_comes_from_candles(
    engines: Engines, rows: DaemonRows
) -> None:
    use_engine(engines[0])
    for hour, close in ((1, "99"), (23, "100"), (24, "120")):
        rows.insert(
            "candles",
            {
                "exchange": "binance",
                "mode": "paper",
                "symbol": "BTCUSDT",
                "opened_at": at(9) + timedelta(hours=hour),
                **dict.fromkeys(("open", "high", "low", "close"), Decimal(close)),
                "volume": Decimal(1),
            },
        )
    use_engine(engines[1])
    for _ in range(2):
        async with begin(SYSTEM) as uow:
            await benchmarks.keep_closes(uow, today=TODAY)
    use_engine(engines[0])
    closes = await performance.closes(
        OPERATOR, "BTC paper", first=TODAY, end=TODAY + timedelta(days=1)
    )
    assert [one.close for one in closes] == [100, 120]
    with pytest.raises(Exception, match="row-level security") as refused:
        async with begin(OPERATOR) as uow:
            await uow.session.execute(
                text("INSERT INTO benchmark_days VALUES ('BTC', '2026-01-01', 1)")
            )
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
