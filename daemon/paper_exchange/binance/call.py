"""One request on its way through the Binance dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.book import Books
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.binance.limits import RateLimits
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.signing import Security
from daemon.paper_exchange.candles import CandleReader
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.refusals import Reason, Refused

NAME: Final = "binance"


@dataclass(slots=True)
class BinanceOptions:
    """Switches of the dialect.

    Attributes:
        weight_limit: request weight for each source address and minute.
        lean_ack: order answers without avgPrice and cumQuote, as the official SDK has them
            since July 2026.
        legacy_streams: serve the retired paths without a group (``/ws/<listenKey>``) too; the
            real exchange lets such a socket connect and stays silent.
        retry_after: 429 and 418 carry Retry-After; the real exchange does not promise it.
        testnet_errors: unknown paths answer -5000 as JSON, as the test network does, instead of
            a page.
        engine_lag_ms: how long an order is on its way to the matching engine, which checks the
            receive window a second time (-5028).
        hmac_logon: ``session.logon`` takes an HMAC signature; the real exchange wants Ed25519
            and answers -4056.
        ping_s: wall seconds between pings on a WebSocket.
        life_s: wall seconds after which a WebSocket ends.
    """

    weight_limit: int = 2_400
    lean_ack: bool = False
    legacy_streams: bool = False
    retry_after: bool = True
    testnet_errors: bool = False
    engine_lag_ms: int = 0
    hmac_logon: bool = True
    ping_s: float = 180.0
    life_s: float = 86_400.0


@dataclass(slots=True)
class Dialect:
    """What every request of the dialect shares."""

    host: PaperHost
    engine: Engine
    options: BinanceOptions
    limits: RateLimits
    candles: CandleReader = field(default_factory=CandleReader)
    books: Books = field(default_factory=Books)


@dataclass(slots=True)
class Call:
    """A checked request."""

    dialect: Dialect
    parameters: Parameters
    maybe_account: Account | None

    @property
    def engine(self) -> Engine:
        """Return the exchange."""
        return self.dialect.engine

    @property
    def account(self) -> Account:
        """Return the caller's account; only endpoints with a key have one."""
        assert self.maybe_account is not None
        return self.maybe_account

    def symbol(self) -> str:
        """Return the mandatory contract, or refuse an unknown one."""
        symbol = self.parameters.required("symbol")
        self.market_of(symbol)
        return symbol

    def optional_symbol(self) -> str | None:
        """Return the contract or None for all."""
        symbol = self.parameters.text("symbol")
        if symbol:
            self.market_of(symbol)
        return symbol or None

    def market_of(self, symbol: str) -> Market:
        """Return a contract's market."""
        market = self.engine.state.markets.get(symbol)
        if market is None:
            raise Refused(Reason.UNKNOWN_SYMBOL)
        return market

    def time_range(self, *, longest_ms: int | None = None) -> tuple[int | None, int | None]:
        """Return startTime and endTime (market time)."""
        start_ms = self.parameters.integer("startTime")
        end_ms = self.parameters.integer("endTime")
        if start_ms is not None and end_ms is not None:
            if start_ms > end_ms:
                raise WireError(-1023, "Start time is greater than end time.")
            if longest_ms is not None and end_ms - start_ms > longest_ms:
                days = longest_ms // 86_400_000
                raise WireError(-4165, f"Maximum time interval is {days} days")
        return start_ms, end_ms


Handler = Callable[[Call], Any]
Weight = int | Callable[[Parameters], int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the routing table."""

    method: str
    path: str
    handler: Handler
    security: Security = Security.NONE
    weight: Weight = 1
    orders: Weight = 0
    """How many orders the request counts as."""
