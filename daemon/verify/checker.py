"""Read both sides of every account and compare them.

Trading goes on meanwhile, so an account that differs is read again: what ties in any of a few
looks ties; what differs in all of them is a difference.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import aiohttp

from daemon.exchanges.endpoints import Endpoints
from daemon.vault import SealedCredential, Vault
from daemon.verify.binance_raw import BinanceReader
from daemon.verify.bybit_raw import BybitReader
from daemon.verify.compare import Comparison, compare
from daemon.verify.facts import Period, Side
from daemon.verify.ours import our_side
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import ENVIRONMENT_LETTER, Exchange
from patriot_app.core.ids import CLIENT_ORDER_ID_PREFIX
from patriot_app.core.queries import running, sealed_keys, verification
from patriot_app.core.settings import Settings

LOOKS_MAX = 4
PAUSE_S = 2.0
CONCURRENT_MAX = 4
TIMEOUT_S = 30.0
MARGIN = timedelta(days=1)
READERS: dict[Exchange, type[BinanceReader] | type[BybitReader]] = {
    Exchange.BINANCE: BinanceReader,
    Exchange.BYBIT: BybitReader,
}


@dataclass(slots=True)
class Checker:
    """Compares accounts; holds opened keys only while it reads one."""

    settings: Settings
    vault: Vault
    clock: Clock

    async def check_all(self) -> list[Comparison]:
        """Compare every account with a verified key."""
        gate = asyncio.Semaphore(CONCURRENT_MAX)

        async def one(account_id: UUID, label: str) -> Comparison:
            async with gate:
                return await self.check(account_id, label)

        found = await verification.account_ids()
        return list(await asyncio.gather(*(one(*account) for account in found)))

    async def check(self, account_id: UUID, label: str) -> Comparison:
        """Compare one account, looking again while trading moves it."""
        for look in range(LOOKS_MAX):
            comparison = await self._look(account_id, label)
            if not comparison.differences or look == LOOKS_MAX - 1:
                break
            await self.clock.sleep(PAUSE_S)
        return comparison

    async def _look(self, account_id: UUID, label: str) -> Comparison:
        theirs = await self._theirs(account_id)
        books = await verification.books(account_id)
        until = books.complete_until
        return compare(
            label,
            our_side(books),
            theirs,
            ledger_until_ms=0 if until is None else int(until.timestamp() * 1000),
        )

    async def _theirs(self, account_id: UUID) -> Side:
        credential = await sealed_keys.credential_of_account(account_id)
        assert credential is not None
        opened = self.vault.open(
            SealedCredential(
                exchange=credential.exchange.value,
                account_id=str(account_id),
                record_id=str(credential.credential_id),
                api_key=credential.api_key,
                api_secret=credential.api_secret,
            )
        )
        endpoints = Endpoints(
            paper_url=self.settings.paper_url, live_override=self.settings.live_endpoint_override
        )
        base_url = endpoints.of(credential.exchange, credential.mode).rest
        connector = aiohttp.TCPConnector(
            local_addr=(credential.source_address, 0) if credential.source_address else None
        )
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        symbols = await verification.symbols(account_id)
        period = await self._period(account_id)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            reader = READERS[credential.exchange](
                http, base_url, opened.api_key.reveal(), opened.api_secret.reveal(), self.clock
            )
            prefix = f"{CLIENT_ORDER_ID_PREFIX}{ENVIRONMENT_LETTER[credential.mode]}"
            return await reader.read(symbols, prefix=prefix, period=period)

    async def _period(self, account_id: UUID) -> Period:
        """Return the market time from a day before our first row to a day after now."""
        now = self.clock.now()
        market_now = (await running.market_clock(now)).at(now)
        first = await verification.first_row_at(account_id) or market_now
        return Period(
            start_ms=int((first - MARGIN).timestamp() * 1000),
            end_ms=int((market_now + MARGIN).timestamp() * 1000),
        )
