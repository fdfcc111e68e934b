"""The contracts of every exchange and mode, read once and shared by all accounts.

A refresh replaces the whole table at once: who reads sees the old one or the new one, never half.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.errors import ExchangeUnavailable, NotFound

Table = Mapping[str, Instrument]


class _Source(Protocol):
    async def fetch_instruments(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Sequence[Instrument]: ...


class Catalogue:
    """One per process.

    Binance tells leverage brackets only to a key, so a table that was read without one has none;
    a later refresh without a session keeps the brackets that are known.
    """

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._tables: dict[tuple[Exchange, AccountMode], Table] = {}
        self._loading: dict[tuple[Exchange, AccountMode], asyncio.Lock] = {}

    async def instruments(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Table:
        """Return the contracts by symbol, reading them the first time.

        Raises:
            ExchangeUnavailable: they are not known yet and cannot be read.
        """
        key = (exchange, mode)
        async with self._loading.setdefault(key, asyncio.Lock()):
            if key not in self._tables:
                await self._read(key, session)
        return self._tables[key]

    async def refresh(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Table:
        """Read them afresh; after a failure the old table stays.

        Raises:
            ExchangeUnavailable: the exchange did not answer, or named no contract at all.
        """
        key = (exchange, mode)
        async with self._loading.setdefault(key, asyncio.Lock()):
            await self._read(key, session)
        return self._tables[key]

    def known(self, exchange: Exchange, mode: AccountMode) -> Table:
        """Return what has been read so far, without waiting; empty before the first reading."""
        return self._tables.get((exchange, mode), MappingProxyType({}))

    def instrument(self, exchange: Exchange, mode: AccountMode, symbol: str) -> Instrument:
        """Return one contract of the last reading.

        Raises:
            NotFound: there is none of that name.
        """
        found = self.known(exchange, mode).get(symbol)
        if found is None:
            raise NotFound(f"{exchange.value} {mode.value} has no contract {symbol}")
        return found

    async def _read(
        self, key: tuple[Exchange, AccountMode], session: AccountSession | None
    ) -> None:
        rows = await self._source.fetch_instruments(*key, session=session)
        if not rows:
            raise ExchangeUnavailable(f"{key[0].value} named no contract")
        old = self._tables.get(key, {})
        self._tables[key] = MappingProxyType(
            {row.symbol: _with_known_brackets(row, old.get(row.symbol)) for row in rows}
        )


def _with_known_brackets(new: Instrument, old: Instrument | None) -> Instrument:
    if new.brackets or old is None or not old.brackets:
        return new
    return replace(new, brackets=old.brackets, leverage_max=old.leverage_max)
