"""Binance's private stream of one account, held by a listenKey.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams.
A listenKey lives 60 minutes and is extended every 20; a stream on a dead one is silent, so its end
always leads to a new key and a new connection.
"""

from typing import Any

from daemon.exchanges import binance_wire as wire
from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_events import AccountChange, PositionChange, UserStreamHandlers
from daemon.exchanges.stream_link import StreamBroken
from daemon.exchanges.wire import choice, decimal_of, decimal_or_zero, field, text, time_of
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable

EXTEND_EVERY_S = 20 * 60.0
_EXTEND_AGAIN_AFTER_S = 60.0
_CREATE = Call(["fapiPrivate"], "listenKey", "POST", stamped=False)
_EXTEND = Call(["fapiPrivate"], "listenKey", "PUT", stamped=False)


class BinanceUserStream:
    """The protocol of one account's stream."""

    exchange = Exchange.BINANCE
    kind = "user"

    def __init__(
        self, session: AccountSession, caller: Caller, handlers: UserStreamHandlers
    ) -> None:
        self._session = session
        self._caller = caller
        self._handlers = handlers
        self._extend_at = 0.0

    async def open_url(self) -> str:
        answer = await self._caller.read(target_of(self._session), _CREATE, weight=1)
        listen_key = text(answer, "listenKey")
        if not listen_key:
            raise ExchangeUnavailable("binance listenKey: none given")
        self._extend_at = self._caller.clock.monotonic() + EXTEND_EVERY_S
        base = self._caller.endpoints.of(self._session.exchange, self._session.mode).user_stream
        return f"{base}?listenKey={listen_key}"

    def greetings(self) -> list[dict[str, Any]]:
        return []

    def is_greeted(self, message: Any) -> bool:
        return True

    async def on_connected(self) -> None:
        self._handlers.on_gap(self._session.account_id)

    async def keep_alive(self) -> None:
        if self._caller.clock.monotonic() < self._extend_at:
            return
        try:
            await self._caller.read(target_of(self._session), _EXTEND, weight=1)
            self._extend_at = self._caller.clock.monotonic() + EXTEND_EVERY_S
        except ExchangeUnavailable:
            # Forty minutes are left for more tries.
            self._extend_at = self._caller.clock.monotonic() + _EXTEND_AGAIN_AFTER_S
        except ExchangeRejected as error:
            raise StreamBroken(f"listenKey refused: {error.code}") from error

    async def on_message(self, message: Any) -> None:
        event = message.get("data", message) if isinstance(message, dict) else {}
        name = event.get("e")
        account_id = self._session.account_id
        if name == "ORDER_TRADE_UPDATE":
            # The fill first: who reads the report may already rely on it.
            fill = wire.stream_fill_report(event)
            if fill is not None:
                self._handlers.on_fill(account_id, fill)
            self._handlers.on_report(account_id, wire.stream_order_report(event))
        elif name == "ALGO_UPDATE":
            self._handlers.on_report(account_id, wire.stream_algo_report(event))
        elif name == "ACCOUNT_UPDATE":
            self._handlers.on_account(account_id, account_change(event))
        elif name == "listenKeyExpired":
            raise StreamBroken("listenKey expired")


def account_change(event: dict[str, Any]) -> AccountChange:
    """Translate an ACCOUNT_UPDATE; balances of other assets than USDT are left out."""
    content = field(event, "a")
    wallet = next((row for row in content.get("B") or () if row.get("a") == "USDT"), None)
    return AccountChange(
        wallet_balance=None if wallet is None else decimal_of(field(wallet, "wb")),
        positions=tuple(
            PositionChange(
                symbol=field(row, "s"),
                position_side=choice(wire.POSITION_SIDES, row.get("ps", "BOTH"), what="side"),
                quantity=decimal_of(field(row, "pa")),
                entry_price=decimal_or_zero(row.get("ep")),
                unrealised_pnl=decimal_or_zero(row.get("up")),
            )
            for row in content.get("P") or ()
        ),
        reason=text(content, "m"),
        occurred_at=time_of(field(event, "T")),
    )
