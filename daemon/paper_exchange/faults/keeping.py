"""Planned faults outlive the process: one small file, replaced at every change."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import orjson

from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.reading import read_rule
from daemon.paper_exchange.fields import InvalidField

FILE: Final = "faults.json"
_COUNTS: Final = ("id", "seen", "fired", "order_entry")

_log = logging.getLogger(__name__)


def keep_faults(book: FaultBook, home: Path) -> None:
    """Take back the faults that an earlier run had planned, and keep every change from now on."""
    path = home / FILE
    if path.exists():
        stored = orjson.loads(path.read_bytes())
        book.skip_to(stored["number"])
        for row in stored["rules"]:
            _take_back(book, row)

    def keep() -> None:
        temporary = path.with_suffix(".new")
        rules = [rule.describe() for rule in book.standing_rules]
        temporary.write_bytes(encode({"number": book.number, "rules": rules}))
        temporary.replace(path)

    book.listeners.append(keep)


def _take_back(book: FaultBook, row: dict[str, Any]) -> None:
    body = {name: value for name, value in row.items() if name not in _COUNTS}
    try:
        rule = read_rule(body, fault_id=row["id"], now_ms=book.now_ms())
    except InvalidField as error:
        _log.warning("a planned fault of an earlier version is forgotten: %s", error)
        return
    rule.seen, rule.fired = row["seen"], row["fired"]
    book.restore(rule)
