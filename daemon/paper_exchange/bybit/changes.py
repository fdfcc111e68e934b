"""What has changed since a topic was last told: books and tickers as snapshot and deltas.

All connections of a topic are told the same frames, so that a delta always follows the snapshot
that a connection has seen. Source: https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from daemon.paper_exchange.bybit.connection import Json

SNAPSHOT: Final = "snapshot"
DELTA: Final = "delta"
Levels = dict[str, str]
"""Quantity by price, both as they are written."""


class BookChanges:
    """One order book topic: what was told last, and the number of the last telling."""

    def __init__(self, *, always_whole: bool, with_rpi: bool = False) -> None:
        """Begin untold.

        Args:
            always_whole: the best level alone is told as snapshots only.
            with_rpi: levels also tell what retail price improvement adds, which is nothing.
        """
        self._always_whole = always_whole
        self._more = ["0"] if with_rpi else []
        self._told: dict[str, Levels] = {}
        self._update_id = 0

    def snapshot(self, book: Json, *, is_first: bool) -> Json:
        """Return the data of a new connection's snapshot.

        Args:
            is_first: nobody listens yet, so the present book may replace the told one.
        """
        if is_first or not self._told:
            self._tell(book)
        sides = {
            side: [[*level, *self._more] for level in self._told[side].items()]
            for side in ("b", "a")
        }
        return {"s": book["s"], **sides, "u": self._update_id, "seq": book["seq"]}

    def change(self, book: Json) -> tuple[str, Json] | None:
        """Return the type and data of the next frame; None when the book stands still."""
        before = self._told
        self._tell(book)
        sides = {side: _difference(before.get(side, {}), self._told[side]) for side in ("b", "a")}
        if not any(sides.values()):
            self._update_id -= 1
            return None
        if self._always_whole or not before:
            return SNAPSHOT, self.snapshot(book, is_first=False)
        for side, levels in sides.items():
            sides[side] = [[*level, *self._more] for level in levels]
        return DELTA, {"s": book["s"], **sides, "u": self._update_id, "seq": book["seq"]}

    def _tell(self, book: Json) -> None:
        self._told = {side: dict(book[side]) for side in ("b", "a")}
        self._update_id += 1


class TickerChanges:
    """One ticker topic: the fields as they were told last."""

    def __init__(self) -> None:
        self._told: Json = {}

    def snapshot(self, row: Json, *, is_first: bool) -> Json:
        """Return all fields, for a new connection."""
        if is_first or not self._told:
            self._told = dict(row)
        return dict(self._told)

    def change(self, row: Json) -> tuple[str, Json] | None:
        """Return the type and the fields that changed; None when none did."""
        before, self._told = self._told, dict(row)
        if not before:
            return SNAPSHOT, dict(row)
        changed = {name: value for name, value in row.items() if before.get(name) != value}
        return (DELTA, {"symbol": row["symbol"], **changed}) if changed else None


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[list[str]]:
    """List the levels that are new or changed, and with quantity 0 those that are gone."""
    gone = [[price, "0"] for price in before if price not in after]
    return [[p, q] for p, q in after.items() if before.get(p) != q] + gone
