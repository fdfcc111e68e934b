"""Which answers of an exchange say that it is under maintenance, and when each last said so.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code (-1016),
https://developers.binance.com/docs/margin_trading/error-code (-10001), and the texts that both show
to whoever asks meanwhile. Bybit has no code of its own for it.
"""

import orjson

from daemon.exchanges.breakers import Market
from patriot_app.core.domain.accounts import Exchange


class MaintenanceSigns:
    """When each exchange last answered that it is under maintenance, whatever was asked."""

    def __init__(self) -> None:
        self.seen: dict[Market, float] = {}

    def note(self, market: Market, *, status: int, body: bytes, now: float) -> None:
        """Take in an answer; one in a thousand is worth more than a look at its status."""
        if is_sign(market[0], status=status, body=body):
            self.seen[market] = now


BINANCE_CODES: dict[int, str] = {
    -1016: "this service is no longer available",
    -10001: "the system is under maintenance",
}
WORDS = b"under maintenance", b"system maintenance", b"system_maintenance"
"""In small letters; of JSON messages and of the pages that gateways show."""
_BODY_MAX = 10_000


def is_sign(exchange: Exchange, *, status: int, body: bytes) -> bool:
    """Tell whether an answer says that the exchange is under maintenance; never raises.

    It proves nothing of the request: that is for the classifier's own lists.
    """
    if len(body) > _BODY_MAX or (200 <= status < 300 and exchange is Exchange.BINANCE):
        return False
    if 200 <= status < 300 and b'"retCode":0' in body:
        return False
    if any(words in body.lower() for words in WORDS):
        return True
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    code = document.get("code") if isinstance(document, dict) else None
    return exchange is Exchange.BINANCE and code in BINANCE_CODES
