"""Two contracts' prices: a quiet market that a world's script moves."""

from decimal import ROUND_HALF_EVEN, Decimal

from daemon.paper_exchange.prices import MINUTE_MS, Candle

BTC = "BTCUSDT"
ETH = "ETHUSDT"
SYMBOLS = (BTC, ETH)
START_PRICES = {BTC: Decimal(50_000), ETH: Decimal(2_500)}
GRID = {BTC: Decimal(1), ETH: Decimal("0.1")}
"""What prices of a script are rounded to: a multiple of both exchanges' ticks."""
_VOLUMES = {BTC: Decimal(40), ETH: Decimal(800)}
"""Of a minute, in coins: thin enough that a large order walks over several levels."""


def on_grid(symbol: str, price: Decimal) -> Decimal:
    """Round a price of the script."""
    return price.quantize(GRID[symbol], ROUND_HALF_EVEN)


class QuietSource:
    """Candles that breathe by a few ten-thousandths around one price."""

    symbols = SYMBOLS

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms - start_ms % MINUTE_MS
        self.end_ms: int | None = None

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        minute = open_time_ms // MINUTE_MS
        if minute * MINUTE_MS < self.start_ms:
            return None
        tick = GRID[symbol]
        low = START_PRICES[symbol] + (minute * 7) % 11 * tick
        return Candle(
            minute * MINUTE_MS,
            low + 2 * tick,
            low + 5 * tick,
            low,
            low + 3 * tick,
            _VOLUMES[symbol],
        )

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Leave the way through a minute to the exchange."""
        return None

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        return Decimal("0.0001")
