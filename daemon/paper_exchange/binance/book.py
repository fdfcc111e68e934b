"""The order book as its streams tell it: numbered states and the differences between them.

A client that follows the difference stream from a snapshot must arrive at the book itself, so both
come from here: every change of the market's book gets the next update numbers, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.wire import plain
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO

SHALLOW: Final = 100
Levels = dict[Decimal, Decimal]


@dataclass(slots=True)
class Book:
    """One contract's book.

    Attributes:
        last_id: number of the latest change.
        told_id: number of the latest change that the difference stream has told.
        depth: how many levels a side are followed; it grows to what snapshots have shown, so that
            no client is left with a level that nothing will ever take away.
    """

    bids: Levels = field(default_factory=dict)
    asks: Levels = field(default_factory=dict)
    last_id: int = 0
    told_id: int = 0
    depth: int = SHALLOW
    _changed_bids: Levels = field(default_factory=dict)
    _changed_asks: Levels = field(default_factory=dict)

    def refresh(self, market: Market) -> None:
        """Take over the market's present book."""
        bids = dict(market.levels(asks=False, depth=self.depth))
        asks = dict(market.levels(asks=True, depth=self.depth))
        if bids == self.bids and asks == self.asks:
            return
        below, above = _changes(self.bids, bids), _changes(self.asks, asks)
        # Numbers grow over a restart too, since market time does.
        self.last_id = max(self.last_id, market.book.revision) + len(below) + len(above)
        if not self.told_id:
            self.told_id = self.last_id
        self._changed_bids.update(below)
        self._changed_asks.update(above)
        self.bids, self.asks = bids, asks

    def snapshot_id(self) -> int:
        """Return the number of the book as a snapshot shows it.

        The next difference begins at or before it and ends at or after it, as clients check.
        """
        if self.last_id == self.told_id:
            self.last_id += 1
        return self.last_id

    def take_difference(self) -> dict[str, Any] | None:
        """Return what changed since the last call, None when nothing did."""
        if not self._changed_bids and not self._changed_asks:
            return None
        difference = {
            "U": self.told_id + 1,
            "u": self.last_id,
            "pu": self.told_id,
            "b": _write(sorted(self._changed_bids.items(), reverse=True)),
            "a": _write(sorted(self._changed_asks.items())),
        }
        self.told_id = self.last_id
        self._changed_bids, self._changed_asks = {}, {}
        return difference

    def side(self, *, asks: bool, depth: int) -> list[list[str]]:
        """Return one side, best price first."""
        levels = sorted((self.asks if asks else self.bids).items(), reverse=not asks)
        return _write(levels[:depth])


class Books:
    """The books of all contracts."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}

    def read(self, market: Market, depth: int = SHALLOW) -> Book:
        """Return a contract's book as it is now, at least so many levels deep."""
        book = self._books.setdefault(market.spec.symbol, Book())
        book.depth = max(book.depth, depth)
        book.refresh(market)
        return book

    def number(self, market: Market) -> int:
        """Return the number of a contract's book without looking at its levels."""
        book = self._books.get(market.spec.symbol)
        revision = market.book.revision
        return max(book.last_id, revision) if book is not None else revision

    def forget_differences(self) -> None:
        """Drop what nobody listened to."""
        for book in self._books.values():
            book.take_difference()


def _changes(before: Levels, now: Levels) -> Levels:
    """Return levels with a new quantity; 0 for those that are gone."""
    changed = {price: quantity for price, quantity in now.items() if before.get(price) != quantity}
    changed.update((price, ZERO) for price in before if price not in now)
    return changed


def _write(levels: list[tuple[Decimal, Decimal]]) -> list[list[str]]:
    return [[plain(price), plain(quantity)] for price, quantity in levels]
