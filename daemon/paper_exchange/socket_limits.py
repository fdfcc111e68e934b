"""How many sockets an address may have, and how many it may open, while a fault limits them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.wire_call import HTML

LIMITS: Final = {"binance": 300, "bybit": 200}
"""Sockets of one address where a limit names no number."""
RATES: Final = {"binance": 300, "bybit": 500}
"""New sockets of one address in five minutes where a limit names no number."""
RATE_WINDOW_MS: Final = 300_000


class SocketLimits:
    """Refuses sockets; remembers new ones only while their rate is limited."""

    def __init__(self, faults: FaultBook) -> None:
        self._faults = faults
        self._opened: dict[tuple[str, str], deque[int]] = {}

    def check(self, exchange: str, address: str, *, held: int) -> None:
        """Refuse a socket of an address that has its fill of them.

        Args:
            held: how many it has now.

        Raises:
            web.HTTPTooManyRequests: the refusal, before the socket is accepted.
        """
        self._refuse(FaultKind.CONNECTION_LIMIT, LIMITS, exchange, address, held)
        if not self._faults.standing(FaultKind.CONNECTION_RATE):
            self._opened.clear()
            return
        opened = self._opened.setdefault((exchange, address), deque())
        now_ms = self._faults.now_ms()
        while opened and opened[0] <= now_ms - RATE_WINDOW_MS:
            opened.popleft()
        self._refuse(FaultKind.CONNECTION_RATE, RATES, exchange, address, len(opened))
        opened.append(now_ms)

    def _refuse(
        self, kind: FaultKind, usual: Mapping[str, int], exchange: str, address: str, count: int
    ) -> None:
        for rule in self._faults.standing(kind):
            match = rule.match
            if match.exchange not in {"", exchange} or match.address not in {"", address}:
                continue
            if count >= (rule.parameters["limit"] or usual[exchange]):
                rule.use()
                self._faults.record(rule, exchange=exchange, detail=f"{address} has {count}")
                page = gateway_page(exchange, 429, "Too Many Requests")
                raise web.HTTPTooManyRequests(text=page.body.decode(), content_type=HTML)
