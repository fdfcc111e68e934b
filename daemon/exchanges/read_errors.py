"""Whether a read that failed is worth another try."""

from typing import Any

from daemon.exchanges.classifier import message_of
from daemon.exchanges.clients import Call
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable

_BINANCE_TRY_AGAIN = frozenset({-1000, -1001, -1003, -1006, -1007, -1008, -1015, -1021, -5028})
_BYBIT_TRY_AGAIN = frozenset({10000, 10002, 10006, 10016, 10018, 10019, 429})


def read_error(
    exchange: Exchange,
    call: Call,
    status: int,
    code: int | None,
    document: dict[str, Any] | None,
) -> ExchangeRejected | ExchangeUnavailable:
    """Return the error of an answer that brought nothing; its code is on it."""
    text = (
        f"{exchange.value} {call.path}: HTTP {status} "
        f"{'' if code is None else code} {message_of(exchange, document)[:160]}"
    )
    again = _BINANCE_TRY_AGAIN if exchange is Exchange.BINANCE else _BYBIT_TRY_AGAIN
    shown = str(status if code is None else code)
    if code is None or code == 0 or code in again or status >= 500:
        return ExchangeUnavailable(text, code=shown)
    return ExchangeRejected(text, code=shown)
