"""Bybit's private stream of one account.

Source: https://bybit-exchange.github.io/docs/v5/ws/connect, .../websocket/private.
"""

from typing import Any

from daemon.exchanges import bybit_wire as wire
from daemon.exchanges.calls import Caller
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_events import AccountChange, PositionChange, UserStreamHandlers
from daemon.exchanges.stream_link import StreamBroken
from daemon.exchanges.wire import decimal_of, field, text, time_of
from patriot_app.core.domain.accounts import Exchange

TOPICS = ("order", "execution", "position", "wallet")
_LOGIN_VALID_MS = 10_000


class BybitUserStream:
    """The protocol of one account's stream."""

    exchange = Exchange.BYBIT
    kind = "user"

    def __init__(
        self, session: AccountSession, caller: Caller, handlers: UserStreamHandlers
    ) -> None:
        self._session = session
        self._caller = caller
        self._handlers = handlers

    async def open_url(self) -> str:
        return self._caller.endpoints.of(self._session.exchange, self._session.mode).user_stream

    def greetings(self) -> list[dict[str, Any]]:
        now_ms = self._caller.offsets.timestamp_ms(self._session.exchange, self._session.mode)
        expires = now_ms + _LOGIN_VALID_MS
        client = self._caller.pool.of(self._session)
        signature = client.hmac_hex(f"GET/realtime{expires}")
        return [
            {"op": "auth", "args": [client.api_key, expires, signature]},
            {"op": "subscribe", "args": list(TOPICS)},
        ]

    def is_greeted(self, message: Any) -> bool:
        if not isinstance(message, dict) or message.get("op") not in {"auth", "subscribe"}:
            return False
        if message.get("success") is not True:
            raise StreamBroken(f"bybit {message['op']}: {text(message, 'ret_msg')[:100]}")
        return True

    async def on_connected(self) -> None:
        self._handlers.on_gap(self._session.account_id)

    async def keep_alive(self) -> dict[str, Any]:
        return {"op": "ping"}

    async def on_message(self, message: Any) -> None:
        if not isinstance(message, dict) or "topic" not in message:
            return
        topic = str(message["topic"]).split(".")[0]
        rows = [row for row in field(message, "data") if _is_linear(topic, row)]
        account_id = self._session.account_id
        if topic == "order":
            for row in rows:
                self._handlers.on_report(account_id, wire.order_report(row))
        elif topic == "execution":
            for row in rows:
                if wire.is_trade(row):
                    self._handlers.on_fill(account_id, wire.fill_report(row, source="stream"))
        elif topic in {"position", "wallet"} and rows:
            self._handlers.on_account(account_id, account_change(topic, message, rows))


def account_change(
    topic: str, message: dict[str, Any], rows: list[dict[str, Any]]
) -> AccountChange:
    """Translate a position or wallet message."""
    positions: tuple[PositionChange, ...] = ()
    wallet = None
    if topic == "position":
        positions = tuple(_position(row) for row in rows)
    else:
        coins = [coin for row in rows for coin in row.get("coin") or ()]
        wallet = next((coin for coin in coins if coin.get("coin") == "USDT"), None)
    return AccountChange(
        wallet_balance=None if wallet is None else decimal_of(field(wallet, "walletBalance")),
        positions=positions,
        reason="",
        occurred_at=time_of(field(message, "creationTime")),
    )


def _position(row: dict[str, Any]) -> PositionChange:
    report = wire.position_report(row)
    return PositionChange(
        symbol=report.symbol,
        position_side=report.position_side,
        quantity=report.quantity,
        entry_price=report.entry_price,
        unrealised_pnl=report.unrealised_pnl,
    )


def _is_linear(topic: str, row: dict[str, Any]) -> bool:
    return topic == "wallet" or row.get("category", "linear") == "linear"
