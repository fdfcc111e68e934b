"""The durable side of the paper exchange: an input log, snapshots, and the rows that are final.

Three kinds of files in one folder:

* ``journal-N.jsonl`` holds every accepted input with its market time, written before its answer
  leaves, and the market time whenever accounts changed without an input.
* ``history-EXCHANGE.jsonl`` holds what never changes again: finished orders, trades, ledger rows.
* ``snapshot.json`` holds the rest at one moment, how long the history was then, and which journal
  continues it. It is replaced by an atomic rename.

A restart reads the snapshot and applies its journal again. Lines are handed to the operating
system at once but are not forced to the disk: a killed process loses nothing, a power failure may
lose the last seconds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from io import BufferedWriter
from pathlib import Path
from typing import Any, Final

import orjson

from daemon.paper_exchange.accounts import Account, LedgerRow
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.codec import decode, encode
from daemon.paper_exchange.dispatch import ACCOUNT_COMMANDS, DESK_COMMANDS
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ConditionalOrder, Order, Trade
from daemon.paper_exchange.snapshots import capture_engine, restore_engine

_log = logging.getLogger(__name__)

COMMAND_TYPES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (*ACCOUNT_COMMANDS, *DESK_COMMANDS)
}
HISTORY_TYPES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (Order, ConditionalOrder, Trade, LedgerRow)
}
SNAPSHOT: Final = "snapshot.json"
CLOCK: Final = "clock"


class Journal:
    """Writer and reader of one home folder; also the engines' recorder."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._number = 0
        self._log: BufferedWriter | None = None
        self._histories: dict[str, BufferedWriter] = {}
        self.market_ms: int | None = None
        """Market time of the last line or snapshot; None in an empty home."""

    # -- recorder --------------------------------------------------------------------------

    def record_input(self, *, exchange: str, api_key: str, command: object, time_ms: int) -> None:
        """Keep one accepted input."""
        name = type(command).__name__
        self._write({"t": time_ms, "x": exchange, "a": api_key, "m": name, "p": command})

    def record_time(self, *, exchange: str, time_ms: int) -> None:
        """Keep how far market time had come when accounts last changed."""
        self._write({"t": time_ms, "x": exchange})

    def record_clock(self, clock: MarketClock) -> None:
        """Keep the clock's mapping after a command changed it."""
        reading = clock.read()
        facts = {"speed": reading.speed, "paused": reading.paused}
        self._write({"t": reading.market_ms, "x": CLOCK, "p": facts})

    # -- start -----------------------------------------------------------------------------

    def read_clock(self) -> dict[str, Any] | None:
        """Return the clock of the last run (market_ms, speed, paused), or None at first."""
        snapshot = self._read_snapshot()
        if snapshot is None:
            return None
        clock: dict[str, Any] = dict(snapshot["clock"])
        for line in self._journal_lines(snapshot["journal"]):
            clock["market_ms"] = max(clock["market_ms"], line["t"])
            if line["x"] == CLOCK:
                clock.update(line["p"])
        return clock

    def restore(self, engines: Mapping[str, Engine]) -> int:
        """Bring fresh engines to where the last run stopped; return the inputs applied again."""
        snapshot = self._read_snapshot()
        if snapshot is None:
            return 0
        for name, engine in engines.items():
            stored = snapshot["engines"].get(name)
            if stored is not None:
                restore_engine(engine, stored)
                self._load_history(name, engine, stored["history_bytes"])
        applied = 0
        for line in self._journal_lines(snapshot["journal"]):
            if line["x"] not in engines:
                continue
            engine = engines[line["x"]]
            if "m" not in line:
                engine.advance_to(line["t"])
                continue
            command = decode(COMMAND_TYPES[line["m"]], line["p"])
            engine.replay(api_key=line["a"], command=command, time_ms=line["t"])
            applied += 1
        self._number = snapshot["journal"]
        _log.info("paper exchange restored: %d inputs applied again", applied)
        return applied

    # -- snapshots -------------------------------------------------------------------------

    def snapshot(self, engines: Mapping[str, Engine], clock: MarketClock) -> None:
        """Write history, snapshot and a new journal; the old journal is removed at the end."""
        reading = clock.read()
        stored: dict[str, Any] = {}
        for name, engine in engines.items():
            length = self._append_history(name, engine)
            stored[name] = {**capture_engine(engine), "history_bytes": length}
        previous, self._number = self._number, self._number + 1
        self._open_log(truncate=True)
        document = {
            "journal": self._number,
            "clock": {
                "market_ms": reading.market_ms,
                "speed": reading.speed,
                "paused": reading.paused,
            },
            "engines": stored,
        }
        temporary = self._home / f"{SNAPSHOT}.new"
        with temporary.open("wb") as file:
            file.write(encode(document))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._home / SNAPSHOT)
        (self._home / f"journal-{previous}.jsonl").unlink(missing_ok=True)

    def close(self) -> None:
        """Close the files."""
        for file in [self._log, *self._histories.values()]:
            if file is not None:
                file.close()
        self._log = None
        self._histories.clear()

    # -- files -----------------------------------------------------------------------------

    def _write(self, line: dict[str, Any]) -> None:
        if self._log is None:
            self._open_log(truncate=False)
        assert self._log is not None
        self._log.write(encode(line) + b"\n")
        self._log.flush()

    def _open_log(self, *, truncate: bool) -> None:
        if self._log is not None:
            self._log.close()
        path = self._home / f"journal-{self._number}.jsonl"
        self._log = path.open("wb" if truncate else "ab")

    def _read_snapshot(self) -> dict[str, Any] | None:
        path = self._home / SNAPSHOT
        if not path.exists():
            return None
        snapshot: dict[str, Any] = orjson.loads(path.read_bytes())
        return snapshot

    def _journal_lines(self, number: int) -> list[dict[str, Any]]:
        """Read a journal; a last line that was cut off by a kill was never answered."""
        path = self._home / f"journal-{number}.jsonl"
        if not path.exists():
            return []
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            path.write_bytes(whole)
        return [orjson.loads(line) for line in whole.splitlines()]

    def _append_history(self, name: str, engine: Engine) -> int:
        file = self._histories.get(name)
        if file is None:
            file = (self._home / f"history-{name}.jsonl").open("ab")
            self._histories[name] = file
        for api_key, item in engine.state.finished:
            file.write(encode([api_key, type(item).__name__, item]) + b"\n")
        engine.state.finished.clear()
        file.flush()
        return file.tell()

    def _load_history(self, name: str, engine: Engine, length: int) -> None:
        path = self._home / f"history-{name}.jsonl"
        if not path.exists():
            return
        with path.open("r+b") as file:
            file.truncate(length)
            for line in file:
                api_key, kind, data = orjson.loads(line)
                _take_back(engine.accounts[api_key], decode(HISTORY_TYPES[kind], data))


def _take_back(account: Account, item: Any) -> None:
    if isinstance(item, Trade):
        account.trades.append(item)
    elif isinstance(item, LedgerRow):
        account.ledger.append(item)
    elif isinstance(item, Order):
        account.orders[item.order_id] = item
        _note_latest(account.client_order_ids, item.client_order_id, item.order_id)
    elif isinstance(item, ConditionalOrder):
        number = item.conditional_id
        account.conditionals[number] = item
        _note_latest(account.client_conditional_ids, item.client_order_id, number)


def _note_latest(index: dict[str, int], client_order_id: str, number: int) -> None:
    if client_order_id:
        index[client_order_id] = max(number, index.get(client_order_id, number))
