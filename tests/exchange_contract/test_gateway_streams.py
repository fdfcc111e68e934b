"""Our streams on the paper exchange: they tell everything, and notice when they do not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from daemon.exchanges.calls import target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.market_stream import MarketStream
from daemon.exchanges.stream_events import (
    AccountChange,
    MarketStreamHandlers,
    PriceChange,
    UserStreamHandlers,
)
from daemon.exchanges.stream_link import shared_streams
from daemon.exchanges.user_stream import UserStream
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import AttemptState, OrderReport, OrderType, Side
from tests.daemon.exchanges.builders import make_session
from tests.exchange_contract.gateway_desk import SYMBOL, Desk, running_desk, tick_below

both = pytest.mark.parametrize("exchange", list(Exchange))


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


@dataclass
class Heard:
    """Everything a stream told, and a way to wait for more."""

    reports: list[OrderReport] = field(default_factory=list)
    fills: list[FillReport] = field(default_factory=list)
    changes: list[AccountChange] = field(default_factory=list)
    gaps: int = 0
    candles: list[tuple[str, Candle]] = field(default_factory=list)
    prices: list[PriceChange] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def user(self) -> UserStreamHandlers:
        return UserStreamHandlers(
            on_report=lambda _id, report: self._add(self.reports, report),
            on_fill=lambda _id, fill: self._add(self.fills, fill),
            on_account=lambda _id, change: self._add(self.changes, change),
            on_gap=self._gap,
        )

    def market(self) -> MarketStreamHandlers:
        return MarketStreamHandlers(
            on_candle=lambda _e, _m, symbol, candle: self._add(self.candles, (symbol, candle)),
            on_price=lambda _e, _m, price: self._add(self.prices, price),
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def _gap(self, _account_id: UUID) -> None:
        self.gaps += 1
        self._news.set()

    def _add(self, where: list[Any], item: Any) -> None:
        where.append(item)
        self._news.set()


@asynccontextmanager
async def listening(desk: Desk, session: AccountSession) -> AsyncIterator[Heard]:
    heard = Heard()
    stream = UserStream(
        session,
        gateway=desk.gateway,
        handlers=heard.user(),
        shared=shared_streams(SystemClock(), random=lambda: 0.0),
    )
    task = asyncio.create_task(stream.run())
    try:
        await heard.until(lambda: heard.gaps > 0)
        assert stream.is_connected
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not stream.is_connected


@both
async def test_a_fill_is_told_with_its_report_and_the_position(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    async with listening(desk, session) as heard:
        request = desk.request(session, quantity=Decimal("0.01"))
        await desk.gateway.submit(session, request)
        await heard.until(
            lambda: (
                any(report.state is AttemptState.FILLED for report in heard.reports)
                and bool(heard.fills)
                and any(change.positions for change in heard.changes)
                and any(change.wallet_balance is not None for change in heard.changes)
            )
        )
        rest = await desk.gateway.fetch_fills(session, SYMBOL)
    assert {r.client_order_id for r in heard.reports} == {request.client_order_id}
    assert {fill.client_order_id for fill in heard.fills} == {request.client_order_id}
    assert [f.exchange_trade_id for f in heard.fills] == [f.exchange_trade_id for f in rest.fills]
    for ours, theirs in zip(heard.fills, rest.fills, strict=True):
        assert (ours.quantity, ours.price, ours.commission) == (
            theirs.quantity,
            theirs.price,
            theirs.commission,
        )
    balance = await desk.gateway.fetch_balance(session)
    told = [c.wallet_balance for c in heard.changes if c.wallet_balance is not None]
    assert told[-1] == balance.wallet_balance
    position = [p for change in heard.changes for p in change.positions][-1]
    assert (position.symbol, position.quantity) == (SYMBOL, Decimal("0.01"))


@both
async def test_a_triggered_stop_is_told_under_its_own_id(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    price = await desk.price(exchange)
    async with listening(desk, session) as heard:
        await desk.submit(session, quantity=Decimal("0.01"))
        await heard.until(lambda: bool(heard.fills))
        stop = desk.request(
            session,
            side=Side.SELL,
            order_type=OrderType.STOP_MARKET,
            quantity=None,
            trigger_price=tick_below(price, "2"),
            close_position=True,
        )
        await desk.gateway.submit(session, stop)
        await heard.until(
            lambda: any(r.client_order_id == stop.client_order_id for r in heard.reports)
        )
        await desk.paper.set_price(SYMBOL, tick_below(price, "2.5"))
        await heard.until(lambda: any(fill.side is Side.SELL for fill in heard.fills))
    await desk.paper.set_price(SYMBOL, price)
    stop_reports = [r for r in heard.reports if r.client_order_id == stop.client_order_id]
    closing = next(fill for fill in heard.fills if fill.side is Side.SELL)
    known = {r.exchange_order_id for r in stop_reports} | {
        r.triggered_order_id for r in stop_reports
    }
    assert closing.exchange_order_id in known


@both
async def test_a_lost_stream_comes_back_and_says_that_there_was_a_gap(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    async with listening(desk, session) as heard:
        desk.relay.drop_all()
        await heard.until(lambda: heard.gaps > 1)
        await desk.submit(session, quantity=Decimal("0.01"))
        await heard.until(lambda: bool(heard.fills))


async def test_an_expired_listen_key_leads_to_a_new_one(desk: Desk) -> None:
    session = await desk.open_account(Exchange.BINANCE)
    async with listening(desk, session) as heard:
        await desk.gateway.caller.read(
            target_of(session),
            Call(["fapiPrivate"], "listenKey", "DELETE", stamped=False),
            weight=1,
        )
        await heard.until(lambda: heard.gaps > 1)
        await desk.submit(session, quantity=Decimal("0.01"))
        await heard.until(lambda: bool(heard.fills))


async def test_a_wrong_secret_never_connects_and_does_not_hammer(desk: Desk) -> None:
    good = await desk.open_account(Exchange.BYBIT)
    wrong = make_session(Exchange.BYBIT, api_key=good.credentials.api_key.reveal(), api_secret="no")
    heard = Heard()
    clock = FrozenClock(desk.market_now())
    shared = shared_streams(clock, random=lambda: 0.5)
    stream = UserStream(wrong, gateway=desk.gateway, handlers=heard.user(), shared=shared)
    task = asyncio.create_task(stream.run())
    async with asyncio.timeout(15):
        while clock.monotonic() < 30.0:
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert heard.gaps == 0
    assert not stream.is_connected


@both
async def test_every_closed_bar_is_told_once_and_in_order(desk: Desk, exchange: Exchange) -> None:
    heard = Heard()
    stream = MarketStream(
        exchange,
        AccountMode.PAPER,
        gateway=desk.gateway,
        handlers=heard.market(),
        shared=shared_streams(SystemClock(), random=lambda: 0.0),
    )
    began = desk.market_now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    await stream.watch(SYMBOL, told_until=began)
    await stream.watch("ETHUSDT")
    task = asyncio.create_task(stream.run())
    try:
        # What closed before the stream stood comes by REST.
        await heard.until(lambda: len(_bars(heard, SYMBOL)) >= 4)
        await desk.paper.advance(minutes=3)
        await heard.until(lambda: len(_bars(heard, SYMBOL)) >= 7)
        desk.relay.drop_all()
        await desk.paper.advance(minutes=4)
        await desk.paper.advance(minutes=2)
        await heard.until(lambda: len(_bars(heard, SYMBOL)) >= 12)
        await heard.until(
            lambda: (
                any(p.mark_price for p in heard.prices) and any(p.last_price for p in heard.prices)
            )
        )
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    bars = _bars(heard, SYMBOL)
    assert bars[0].opened_at == began
    for earlier, later in pairwise(bars):
        assert earlier.closed_at == later.opened_at
    assert _bars(heard, "ETHUSDT")
    rest = await desk.gateway.fetch_candles(
        exchange, AccountMode.PAPER, SYMBOL, interval_minutes=1, since=began, limit=len(bars)
    )
    assert bars[: len(rest)] == rest[: len(bars)]


def _bars(heard: Heard, symbol: str) -> list[Candle]:
    return [candle for name, candle in heard.candles if name == symbol]
