"""What the rest of the daemon may ask of an exchange, in our words.

Writes are sent exactly once and answer with evidence (`WriteResult`), never with an exception: an
answer that proves nothing is `Outcome.UNKNOWN` and must be looked up by client order id. Reads
raise `ExchangeUnavailable` (try again later) or `ExchangeRejected` (asking again will not help); the
caller retries, never the gateway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from daemon.exchanges.signed_write import SignedWrite
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.key_facts import KeyPermissions
from patriot_app.core.domain.ledger import LedgerRowReport
from patriot_app.core.domain.maintenance import Notice
from patriot_app.core.domain.order_books import OrderBook
from patriot_app.core.domain.orders import (
    OrderIdentity,
    OrderReport,
    OrderRequest,
    Side,
    WriteResult,
)
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.sealing import Secret

BATCH_MAX = 5
"""Items that one request may carry at either exchange."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The opened key of one account; both halves refuse to be shown."""

    api_key: Secret
    api_secret: Secret


@dataclass(frozen=True, slots=True, eq=False)
class AccountSession:
    """One account at one exchange, ready to sign; build a new one when its key changes.

    Attributes:
        source_address: local address that requests leave from; None lets the system choose.
            Accounts behind one address share its rate limits.
    """

    account_id: UUID
    exchange: Exchange
    mode: AccountMode
    credentials: Credentials = field(repr=False)
    source_address: str | None = None


@dataclass(frozen=True, slots=True)
class FillPage:
    """Fills in the order of their ids or times, oldest first.

    Attributes:
        next_cursor: opaque text; store it with the fills, pass it to the next call.
        complete: nothing newer existed when it was read.
    """

    fills: tuple[FillReport, ...]
    next_cursor: str
    complete: bool


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Money rows, oldest first; the cursor leaves neither gaps nor duplicates."""

    rows: tuple[LedgerRowReport, ...]
    next_cursor: str
    complete: bool


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Commission as fractions of the notional."""

    maker: Decimal
    taker: Decimal


class ExchangeGateway(Protocol):
    """One gateway serves every account of both exchanges."""

    def timestamp_ms(self, exchange: Exchange, mode: AccountMode) -> int:
        """Return the exchange's wire time now, for pinning before a row becomes SENDING."""
        ...

    def sign(self, session: AccountSession, request: OrderRequest) -> SignedWrite:
        """Build and sign one order under its pinned timestamp; nothing leaves."""
        ...

    async def submit_signed(self, session: AccountSession, signed: SignedWrite) -> WriteResult:
        """Send one signed order exactly once; conditional ones go where the exchange keeps them."""
        ...

    async def submit(self, session: AccountSession, request: OrderRequest) -> WriteResult:
        """Sign one order and send it exactly once."""
        ...

    async def cancel(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        """Cancel one order exactly once; a REJECTED "no such order" often means it filled."""
        ...

    async def cancel_batch(
        self,
        session: AccountSession,
        identities: Sequence[OrderIdentity],
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> list[WriteResult]:
        """Cancel up to five orders by one request, sent exactly once; one outcome for each.

        Binance takes orders of one symbol, none of them conditional.
        """
        ...

    async def amend(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        """Change one resting limit order exactly once; what is filled counts in its quantity."""
        ...

    async def fetch_order(
        self, session: AccountSession, identity: OrderIdentity
    ) -> OrderReport | None:
        """Look one order up; None only if the authoritative endpoints cleanly say not found."""
        ...

    async def fetch_open_orders(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[OrderReport]:
        """List what rests at the exchange, conditional orders included."""
        ...

    async def fetch_fills(
        self, session: AccountSession, symbol: str, *, cursor: str = ""
    ) -> FillPage:
        """List one page of trades after the cursor; "" starts at the oldest still kept."""
        ...

    async def latest_fill_cursor(self, session: AccountSession, symbol: str) -> str:
        """Return the cursor behind the newest trade, to begin an account at the present."""
        ...

    async def fetch_positions(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[PositionReport]:
        """List positions that are not flat (with a symbol: that one, flat or not)."""
        ...

    async def fetch_balance(self, session: AccountSession) -> BalanceReport: ...

    async def fetch_ledger(
        self, session: AccountSession, *, cursor: str = "", since: datetime | None = None
    ) -> LedgerPage:
        """List money rows after the cursor; without one, from `since` (market time) on."""
        ...

    async def fetch_permissions(self, session: AccountSession) -> KeyPermissions:
        """Ask what the key may do; ExchangeRejected if the exchange does not know it."""
        ...

    async def fetch_fee_rates(self, session: AccountSession, symbol: str) -> FeeRates: ...

    async def set_leverage(self, session: AccountSession, symbol: str, *, leverage: int) -> None:
        """Set it; idempotent, so a failed call may be repeated."""
        ...

    async def ensure_one_way(self, session: AccountSession) -> None:
        """Switch to one position per instrument; idempotent."""
        ...

    async def fetch_instruments(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Sequence[Instrument]:
        """List contracts afresh; Binance tells its leverage brackets only to a session."""
        ...

    async def fetch_candles(
        self,
        exchange: Exchange,
        mode: AccountMode,
        symbol: str,
        *,
        interval_minutes: int,
        since: datetime,
        limit: int,
    ) -> list[Candle]:
        """List closed bars from `since` on, oldest first; the one still forming is left out."""
        ...

    async def fetch_order_book(
        self, exchange: Exchange, mode: AccountMode, symbol: str
    ) -> OrderBook:
        """Read the visible levels of a contract, up to 500 a side."""
        ...

    async def server_time(self, exchange: Exchange, mode: AccountMode) -> datetime:
        """Read the exchange's wire clock, and correct `timestamp_ms` by it."""
        ...

    async def fetch_maintenance(self, exchange: Exchange, mode: AccountMode) -> list[Notice]:
        """Ask whether the exchange is or will be under maintenance; empty: it works."""
        ...

    async def prewarm(
        self,
        exchange: Exchange,
        mode: AccountMode,
        *,
        source_address: str | None = None,
        connections: int,
    ) -> None:
        """Open connections ahead of a fan-out, so that no handshake stands in its way."""
        ...

    async def forget(self, account_id: UUID) -> None:
        """Drop the account's signer, after its key was revoked or changed."""
        ...

    async def close(self) -> None: ...
