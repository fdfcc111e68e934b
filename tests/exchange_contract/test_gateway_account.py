"""Money, positions, permissions and the market through our gateway on the paper exchange."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.order_books import impact_bps
from patriot_app.core.domain.orders import Outcome, Side
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable
from tests.daemon.exchanges.builders import make_session
from tests.exchange_contract.gateway_desk import SYMBOL, Desk, eventually, running_desk

both = pytest.mark.parametrize("exchange", list(Exchange))


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


async def _ledger(desk: Desk, session: Any, cursor: str = "") -> tuple[list[Any], str]:
    rows: list[Any] = []
    for _ in range(100):
        page = await desk.gateway.fetch_ledger(
            session, cursor=cursor, since=desk.market_now() - timedelta(days=30)
        )
        rows.extend(page.rows)
        cursor = page.next_cursor
        if page.complete:
            return rows, cursor
    raise AssertionError("the ledger never ended")


@both
async def test_position_and_balance_follow_a_fill(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    await desk.gateway.set_leverage(session, SYMBOL, leverage=5)
    await desk.gateway.set_leverage(session, SYMBOL, leverage=5)
    await desk.submit(session, side=Side.SELL, quantity=Decimal("0.02"))
    positions = await eventually(
        lambda: desk.gateway.fetch_positions(session), lambda found: bool(found)
    )
    position = positions[0]
    assert (position.symbol, position.quantity, position.leverage) == (
        SYMBOL,
        Decimal("-0.02"),
        5,
    )
    assert position.entry_price > 0
    balance = await desk.gateway.fetch_balance(session)
    fills = (await desk.gateway.fetch_fills(session, SYMBOL)).fills
    assert balance.wallet_balance == 10_000 - sum(fill.commission for fill in fills)
    assert balance.equity == balance.wallet_balance + balance.unrealised_pnl
    assert 0 < balance.initial_margin < balance.available_balance


@both
async def test_the_ledger_adds_up_to_the_wallet_to_the_last_digit(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    key = session.credentials.api_key.reveal()
    for side in (Side.BUY, Side.SELL, Side.SELL, Side.BUY):
        result = await desk.submit(session, side=side, quantity=Decimal("0.013"))
        assert result.outcome is Outcome.ACCEPTED
        await desk.paper.advance(minutes=7)
    await desk.paper.act(exchange.value, key, "deposit", amount="123.45")
    first, cursor = await _ledger(desk, session)
    await desk.submit(session, quantity=Decimal("0.01"))
    await desk.paper.advance(minutes=1)
    second, _ = await _ledger(desk, session, cursor)
    assert second
    rows = first + second
    keys = {(row.row_type, row.row_id, row.symbol, row.asset, row.trade_id) for row in rows}
    assert len(keys) == len(rows)
    balance = await desk.gateway.fetch_balance(session)
    opening = Decimal(10_000) if not any(row.amount == 10_000 for row in rows) else Decimal(0)
    assert opening + sum(row.amount for row in rows) == balance.wallet_balance


@both
async def test_an_account_begins_at_the_present(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    assert isinstance(await desk.gateway.latest_fill_cursor(session, SYMBOL), str)
    await desk.submit(session, quantity=Decimal("0.01"))
    await eventually(
        lambda: desk.gateway.fetch_fills(session, SYMBOL), lambda page: bool(page.fills)
    )
    cursor = await desk.gateway.latest_fill_cursor(session, SYMBOL)
    assert (await desk.gateway.fetch_fills(session, SYMBOL, cursor=cursor)).fills == ()
    await desk.submit(session, side=Side.SELL, quantity=Decimal("0.01"), reduce_only=True)
    page = await eventually(
        lambda: desk.gateway.fetch_fills(session, SYMBOL, cursor=cursor),
        lambda page: bool(page.fills),
    )
    assert {fill.side for fill in page.fills} == {Side.SELL}


@both
@pytest.mark.parametrize("granted", ["", "withdraw", "internal_transfer", "universal_transfer"])
async def test_a_key_tells_whether_it_can_move_money(
    desk: Desk, exchange: Exchange, granted: str
) -> None:
    session = await desk.open_account(exchange, permissions={granted: True} if granted else None)
    permissions = await desk.gateway.fetch_permissions(session)
    assert permissions.can_read
    assert permissions.can_trade
    assert permissions.can_move_money is bool(granted)
    assert permissions.is_one_way is True
    assert permissions.exchange_uid


@both
async def test_a_bound_key_that_only_reads_says_so(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(
        exchange, permissions={"trade": False, "ip_whitelist": ["127.0.0.1"]}
    )
    permissions = await desk.gateway.fetch_permissions(session)
    assert permissions.is_ip_bound
    assert not permissions.can_trade


@both
async def test_an_unknown_key_is_rejected(desk: Desk, exchange: Exchange) -> None:
    with pytest.raises(ExchangeRejected) as caught:
        await desk.gateway.fetch_permissions(make_session(exchange, api_key="nobody-knows-me"))
    assert caught.value.code in {"-2015", "-2008", "-2014", "10003"}


@both
async def test_a_wrong_secret_is_rejected(desk: Desk, exchange: Exchange) -> None:
    good = await desk.open_account(exchange)
    wrong = make_session(
        exchange, api_key=good.credentials.api_key.reveal(), api_secret="not-the-secret"
    )
    with pytest.raises(ExchangeRejected) as caught:
        await desk.gateway.fetch_balance(wrong)
    assert caught.value.code in {"-1022", "10004"}


@both
async def test_one_way_mode_is_ensured_twice(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    await desk.gateway.ensure_one_way(session)
    await desk.gateway.ensure_one_way(session)


@both
async def test_contracts_come_with_filters_and_brackets(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    instruments = await desk.gateway.fetch_instruments(exchange, AccountMode.PAPER, session=session)
    bitcoin = next(row for row in instruments if row.symbol == SYMBOL)
    assert bitcoin.tick_size > 0
    assert bitcoin.step_size > 0
    assert bitcoin.min_notional > 0
    assert bitcoin.is_trading
    assert bitcoin.brackets[0].notional_floor == 0
    assert bitcoin.brackets[0].leverage_max == bitcoin.leverage_max
    for lower, upper in pairwise(bitcoin.brackets):
        assert lower.notional_cap == upper.notional_floor


@both
async def test_closed_bars_follow_each_other(desk: Desk, exchange: Exchange) -> None:
    await desk.paper.advance(minutes=30)
    since = desk.market_now().replace(second=0, microsecond=0) - timedelta(minutes=20)
    candles = await desk.gateway.fetch_candles(
        exchange, AccountMode.PAPER, SYMBOL, interval_minutes=1, since=since, limit=10
    )
    assert len(candles) == 10
    assert candles[0].opened_at == since
    for earlier, later in pairwise(candles):
        assert earlier.closed_at == later.opened_at
    assert all(bar.low <= bar.open <= bar.high for bar in candles)


@both
async def test_the_order_book_is_told_with_the_best_levels_first(
    desk: Desk, exchange: Exchange
) -> None:
    book = await desk.gateway.fetch_order_book(exchange, AccountMode.PAPER, SYMBOL)
    assert book.bids[0].price < book.asks[0].price
    for better, worse in pairwise(book.asks):
        assert better.price < worse.price
    for better, worse in pairwise(book.bids):
        assert better.price > worse.price
    smallest = impact_bps(book, side=Side.BUY, quantity=Decimal("0.001"))
    assert smallest is not None
    assert smallest < 50
    assert impact_bps(book, side=Side.BUY, quantity=Decimal(10_000_000)) is None


@both
async def test_commission_rates_are_told(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    rates = await desk.gateway.fetch_fee_rates(session, SYMBOL)
    assert 0 < rates.maker < rates.taker < Decimal("0.01")


@both
async def test_a_read_that_fails_is_unavailable_once(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    path = "/fapi/v3/account" if exchange is Exchange.BINANCE else "/v5/account/wallet-balance"
    await desk.paper.plan_fault("drop_before", path)
    with pytest.raises(ExchangeUnavailable):
        await desk.gateway.fetch_balance(session)
    assert (await desk.gateway.fetch_balance(session)).wallet_balance == 10_000
