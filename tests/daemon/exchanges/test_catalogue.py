"""One table of contracts for everybody, replaced as a whole."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.exchanges.catalogue import Catalogue
from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument, LeverageBracket
from patriot_app.core.errors import ExchangeUnavailable, NotFound

BRACKET = LeverageBracket(Decimal(0), Decimal(50_000), 125, Decimal("0.004"), Decimal(0))
BITCOIN = Instrument(
    exchange=Exchange.BINANCE,
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.1"),
    step_size=Decimal("0.001"),
    quantity_min=Decimal("0.001"),
    quantity_max=Decimal(1000),
    market_quantity_max=Decimal(120),
    min_notional=Decimal(50),
    contract_size=Decimal(1),
    leverage_max=125,
    brackets=(BRACKET,),
)
PAPER = (Exchange.BINANCE, AccountMode.PAPER)


class Source:
    """An exchange whose contracts a test sets."""

    def __init__(self, rows: Sequence[Instrument]) -> None:
        self.rows = rows
        self.reads = 0
        self.failing = False

    async def fetch_instruments(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Sequence[Instrument]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failing:
            raise ExchangeUnavailable("down")
        return self.rows


async def test_many_askers_cause_one_reading() -> None:
    source = Source([BITCOIN])
    catalogue = Catalogue(source)
    tables = await asyncio.gather(*(catalogue.instruments(*PAPER) for _ in range(50)))
    assert source.reads == 1
    assert all(table is tables[0] for table in tables)


async def test_a_failed_refresh_keeps_the_old_table() -> None:
    source = Source([BITCOIN])
    catalogue = Catalogue(source)
    await catalogue.instruments(*PAPER)
    source.failing = True
    with pytest.raises(ExchangeUnavailable):
        await catalogue.refresh(*PAPER)
    source.failing, source.rows = False, []
    with pytest.raises(ExchangeUnavailable):
        await catalogue.refresh(*PAPER)
    assert catalogue.instrument(*PAPER, "BTCUSDT") is BITCOIN


async def test_a_reader_keeps_the_table_that_it_took() -> None:
    source = Source([BITCOIN])
    catalogue = Catalogue(source)
    before = await catalogue.instruments(*PAPER)
    source.rows = [replace(BITCOIN, tick_size=Decimal(1)), replace(BITCOIN, symbol="ETHUSDT")]
    after = await catalogue.refresh(*PAPER)
    assert list(before) == ["BTCUSDT"]
    assert before["BTCUSDT"].tick_size == Decimal("0.1")
    assert after["BTCUSDT"].tick_size == 1


async def test_brackets_survive_a_reading_without_a_key() -> None:
    source = Source([BITCOIN])
    catalogue = Catalogue(source)
    await catalogue.instruments(*PAPER)
    source.rows = [replace(BITCOIN, brackets=(), leverage_max=20, min_notional=Decimal(100))]
    refreshed = (await catalogue.refresh(*PAPER))["BTCUSDT"]
    assert refreshed.brackets == (BRACKET,)
    assert refreshed.leverage_max == 125
    assert refreshed.min_notional == 100


async def test_an_unknown_contract_is_not_found() -> None:
    catalogue = Catalogue(Source([BITCOIN]))
    with pytest.raises(NotFound):
        catalogue.instrument(*PAPER, "BTCUSDT")
