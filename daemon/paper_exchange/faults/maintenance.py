"""Maintenance that was planned: whether an exchange is closed now, and what it announces.

Sources: https://bybit-exchange.github.io/docs/v5/system-status and
https://developers.binance.com/docs/wallet/others/system-status; Binance announces nothing by its API.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.rules import FaultRule

_UNTIL_FURTHER_NOTICE_MS: Final = 86_400_000


def is_closed(book: FaultBook, exchange: str) -> bool:
    """Tell whether an exchange is under maintenance now."""
    now_ms = book.now_ms()
    return any(rule.from_ms <= now_ms for rule in _planned(book, exchange))


def notices(book: FaultBook, exchange: str = "bybit") -> list[dict[str, Any]]:
    """Return what Bybit tells of its maintenance: what runs, and what was announced."""
    now_ms = book.now_ms()
    return [
        _notice(rule, is_running=rule.from_ms <= now_ms)
        for rule in _planned(book, exchange)
        if rule.from_ms <= now_ms or rule.parameters.get("announced")
    ]


def _planned(book: FaultBook, exchange: str) -> list[FaultRule]:
    return [
        rule
        for rule in book.standing(FaultKind.MAINTENANCE)
        if rule.match.exchange in {"", exchange}
    ]


def _notice(rule: FaultRule, *, is_running: bool) -> dict[str, Any]:
    until_ms = rule.until_ms or rule.from_ms + _UNTIL_FURTHER_NOTICE_MS
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{rule.fault_id}:{rule.from_ms}")),
        "title": rule.parameters.get("title", ""),
        "state": "ongoing" if is_running else "scheduled",
        "begin": str(rule.from_ms),
        "end": str(until_ms),
        "href": "",
        "serviceTypes": [1, 2, 3],
        "product": [1, 2],
        "uidSuffix": [],
        "maintainType": 1 if rule.parameters.get("announced") else 2,
        "env": 1,
    }
