"""The ground truth: what was accepted, and which faults happened, whatever clients were told.

One file of lines, written as things happen and never changed: every accepted input with wall and
market time, its client order id and the number of its order, the fault under which it was worked
(its answer may never have arrived), every fault, and every change of the market clock. What became
of orders, fills, ledger, positions and wallet is the engine's own state and is read from there.

Lines are handed to the operating system at once: a killed process loses none that was answered.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.ids import order_uuid
from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.commands import CreateAccount, SetListenKey
from daemon.paper_exchange.engine import Engine, Recorder
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.records import FaultRecord
from daemon.paper_exchange.orders import ConditionalRequest, OrderRequest

FILE: Final = "truth.jsonl"
INDEX_STEP: Final = 256
PAGE_MAX: Final = 5_000
SCAN_MAX: Final = 50_000
"""Lines that one call reads; a page with few matches ends early and says where to go on."""
KINDS: Final = ("request", "fault", "clock")
_SECRET: Final = (CreateAccount, SetListenKey)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthPage:
    """Some entries.

    Attributes:
        next: give it as `after` to go on.
        more: there are later lines, though perhaps none that match.
    """

    entries: list[dict[str, Any]]
    next: int
    more: bool


class TruthLog:
    """The file of lines, numbered from 1.

    Args:
        home: folder of the durable state; None keeps the file only while the process runs.
    """

    def __init__(self, home: Path | None) -> None:
        self.count = 0
        self._offsets: list[int] = []
        self._end = 0
        if home is None:
            self._reader: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as we
            self._writer: BinaryIO | FileIO = self._reader
        else:
            home.mkdir(parents=True, exist_ok=True)
            path = home / FILE
            path.touch()
            self._reader = path.open("rb")
            self._index(path)
            self._writer = path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
        self._reader.close()

    def append(self, entry: dict[str, Any]) -> None:
        """Write one entry and give it its number."""
        if self._writer is self._reader:
            self._reader.seek(self._end)
        if self.count % INDEX_STEP == 0:
            self._offsets.append(self._end)
        self.count += 1
        line = encode({"n": self.count, **entry}) + b"\n"
        self._writer.write(line)
        self._end += len(line)

    def read(
        self,
        *,
        after: int = 0,
        limit: int = 1_000,
        kind: str = "",
        exchange: str = "",
        api_key: str = "",
    ) -> TruthPage:
        """Return entries later than a number, oldest first."""
        entries: list[dict[str, Any]] = []
        number = min(after, self.count)
        if number >= self.count:
            return TruthPage(entries=[], next=number, more=False)
        if self._writer is self._reader:
            self._reader.flush()
        block = number // INDEX_STEP
        self._reader.seek(self._offsets[block])
        for _ in range(number - block * INDEX_STEP):
            self._reader.readline()
        wanted = {"kind": kind, "exchange": exchange, "api_key": api_key}
        filters = [(name, value) for name, value in wanted.items() if value]
        last = min(self.count, number + SCAN_MAX)
        while number < last and len(entries) < min(limit, PAGE_MAX):
            entry = orjson.loads(self._reader.readline())
            number = entry["n"]
            if all(entry.get(name) == value for name, value in filters):
                entries.append(entry)
        return TruthPage(entries=entries, next=number, more=number < self.count)

    def _index(self, path: Path) -> None:
        """Find the lines of earlier runs; a last one that was cut off was never answered."""
        for line in self._reader:
            if not line.endswith(b"\n"):
                with path.open("r+b") as file:
                    file.truncate(self._end)
                break
            if self.count % INDEX_STEP == 0:
                self._offsets.append(self._end)
            self.count += 1
            self._end += len(line)


class TruthRecorder:
    """Keeps accepted inputs and faults; hands what it gets on to the journal.

    Args:
        journal: written first, since only what it has survives a restart.
    """

    def __init__(
        self,
        log: TruthLog,
        *,
        journal: Recorder | None,
        faults: FaultBook,
        wall_ms: Callable[[], int],
    ) -> None:
        self._log = log
        self._journal = journal
        self._faults = faults
        self._wall_ms = wall_ms
        self.engines: Mapping[str, Engine] = {}
        faults.note = self.record_fault

    def record_input(self, *, exchange: str, api_key: str, command: object, time_ms: int) -> None:
        """Keep one accepted input."""
        if self._journal is not None:
            self._journal.record_input(
                exchange=exchange, api_key=api_key, command=command, time_ms=time_ms
            )
        wall_ms = self._wall_ms()
        entry: dict[str, Any] = {
            "kind": "request",
            "wall_ms": wall_ms,
            "market_ms": time_ms,
            "exchange": exchange,
            "api_key": api_key,
            "command": type(command).__name__,
        }
        if isinstance(command, OrderRequest | ConditionalRequest):
            self._name_order(entry, exchange, api_key, command)
            if self._faults.has_lenses:
                self._faults.accepted.append((wall_ms, exchange, _names_of(entry)))
        if self._faults.working:
            entry["fault_id"] = self._faults.working
        if isinstance(command, CreateAccount):
            entry["api_key"] = command.api_key
        if not isinstance(command, _SECRET):
            entry["details"] = command
        self._log.append(entry)

    def record_time(self, *, exchange: str, time_ms: int) -> None:
        """Hand on how far market time had come."""
        if self._journal is not None:
            self._journal.record_time(exchange=exchange, time_ms=time_ms)

    def record_fault(self, record: FaultRecord) -> None:
        """Keep a fault that happened."""
        facts = {name: getattr(record, name) for name in FaultRecord.__dataclass_fields__}
        facts["fault"] = facts.pop("kind")
        self._log.append({"kind": "fault", **facts})

    def record_clock(self, *, market_ms: int, speed: float, paused: bool) -> None:
        """Keep how market time follows wall time from now on."""
        self._log.append(
            {
                "kind": "clock",
                "wall_ms": self._wall_ms(),
                "market_ms": market_ms,
                "speed": speed,
                "paused": paused,
            }
        )

    def _name_order(
        self,
        entry: dict[str, Any],
        exchange: str,
        api_key: str,
        command: OrderRequest | ConditionalRequest,
    ) -> None:
        account = self.engines[exchange].accounts[api_key]
        if isinstance(command, ConditionalRequest):
            client_order_id = command.order.client_order_id
            known = account.client_conditional_ids
            latest = next(reversed(account.conditionals), None)
            entry["symbol"] = command.order.symbol
        else:
            client_order_id = command.client_order_id
            known = account.client_order_ids
            latest = next(reversed(account.orders), None)
            entry["symbol"] = command.symbol
        entry["client_order_id"] = client_order_id
        entry["order_id"] = known.get(client_order_id) or latest


def _names_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return every name under which clients may look for an accepted order."""
    order_id = entry["order_id"]
    number = order_uuid(order_id) if entry["exchange"] == "bybit" else str(order_id)
    return number, entry["client_order_id"]


def describe_account(engine: Engine, account: Account) -> dict[str, Any]:
    """Return wallet, margin, positions and how much history an account has."""
    engine.enter()
    margin = engine.margin(account)
    return {
        "exchange": account.exchange,
        "api_key": account.api_key,
        "label": account.label,
        "uid": account.uid,
        "market_ms": engine.clock.now_ms(),
        "wallet_balance": account.wallet_balance,
        "margin": margin,
        "permissions": account.permissions,
        "hedge_mode": account.hedge_mode,
        "leverage": account.leverage,
        "positions": [held for held in account.positions.values() if held.quantity],
        "open_orders": list(account.open_orders.values()),
        "open_conditionals": list(account.open_conditionals.values()),
        "counts": {name: len(rows) for name, rows in sections(account).items()},
    }


def sections(account: Account) -> dict[str, Any]:
    """Return an account's histories by name, each with growing numbers as keys."""
    return {
        "orders": account.orders,
        "conditionals": account.conditionals,
        "fills": {trade.trade_id: trade for trade in account.trades},
        "ledger": {row.row_id: row for row in account.ledger},
    }


def read_section(account: Account, section: str, *, after: int, limit: int) -> dict[str, Any]:
    """Return a page of one history, in the order of its numbers."""
    rows = sections(account)[section]
    later = sorted(number for number in rows if number > after)
    page = later[: min(limit, PAGE_MAX)]
    return {
        "entries": [rows[number] for number in page],
        "next": page[-1] if page else after,
        "more": len(later) > len(page),
    }
