"""One contract's prices: a quiet market that a world's script moves."""

from decimal import Decimal

from daemon.paper_exchange.prices import MINUTE_MS, Candle

SYMBOL = "BTCUSDT"
START_PRICE = Decimal(50_000)
VOLUME = Decimal(40)
"""Of a minute, in coins: thin enough that a large order walks over several levels."""


class QuietSource:
    """Candles that breathe by a few dollars around one price."""

    symbols = (SYMBOL,)

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms - start_ms % MINUTE_MS
        self.end_ms: int | None = None

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        minute = open_time_ms // MINUTE_MS
        if minute * MINUTE_MS < self.start_ms:
            return None
        low = START_PRICE + (minute * 7) % 11
        close = low + 3
        return Candle(minute * MINUTE_MS, low + 2, low + 5, low, close, VOLUME)

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Leave the way through a minute to the exchange."""
        return None

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        return Decimal("0.0001")
