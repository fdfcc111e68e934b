"""Replay of recorded 1-minute candles.

Rows stay as the bytes that were read, with one offset a row: a month of five symbols loads in
well under a second, and a price becomes a Decimal only when somebody trades at it.
"""

from __future__ import annotations

import gzip
import logging
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, INSTRUMENTS
from daemon.paper_exchange.prices import MINUTE_MS, Candle, finest_tick, round_to_tick

DEFAULT_FUNDING_RATE: Final = Decimal("0.00010000")
"""The interest part of the funding formula, for times that no recording covers."""
FUNDING_STEP: Final = Decimal("0.00000001")

_log = logging.getLogger(__name__)


class ReplaySource:
    """Candles of one file or of every `SYMBOL*.csv.gz` or `SYMBOL*.csv` in a folder."""

    def __init__(self, path: Path) -> None:
        """Read the candles, and the funding rates from the sibling folder `funding` if any.

        Args:
            path: a candle file or a folder of them, rows
                `open_time_ms,open,high,low,close,volume` in ascending time.

        Raises:
            ValueError: no candles of a listed contract, not 1-minute candles, times out of
                order, or no minute that all symbols share.
        """
        files = _symbol_files(path)
        self._series = {symbol: _Series(symbol, paths) for symbol, paths in files.items()}
        if not self._series:
            raise ValueError(f"no candle file of a listed contract in {path}")
        self.symbols: tuple[str, ...] = tuple(sorted(self._series))
        self.start_ms: int = max(series.first_ms for series in self._series.values())
        end_ms = min(series.end_ms for series in self._series.values())
        self.end_ms: int | None = end_ms
        if self.start_ms >= end_ms:
            raise ValueError(f"the files in {path} share no minute")
        folder = path if path.is_dir() else path.parent
        self._funding = _read_funding(folder.parent / "funding")

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        """Return the recorded candle; a minute without a row is flat at the last close."""
        series = self._series[symbol]
        if self.end_ms is None or not self.start_ms <= open_time_ms < self.end_ms:
            return None
        return series.candle(open_time_ms - open_time_ms % MINUTE_MS)

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Return None: only whole minutes are known."""
        return None

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        """Return the recorded rate of the next funding time, or the interest rate alone."""
        settlement = -(-time_ms // FUNDING_INTERVAL_MS) * FUNDING_INTERVAL_MS
        return self._funding.get((symbol, settlement), DEFAULT_FUNDING_RATE)


class _Series:
    """The candles of one symbol: raw bytes, row offsets and row times."""

    def __init__(self, symbol: str, paths: Iterable[Path]) -> None:
        self._tick = finest_tick(symbol)
        blobs = sorted((_read_bytes(path) for path in paths), key=_first_time)
        self._blob = b""
        self._times = array("q")
        self._offsets = array("q")
        for blob in blobs:
            self._append(blob)
        if not self._times:
            raise ValueError(f"no candles of {symbol}")
        steps = {later - earlier for earlier, later in pairwise(self._times)}
        if any(step <= 0 for step in steps):
            raise ValueError(f"the candles of {symbol} are out of order")
        if steps and min(steps) != MINUTE_MS:
            raise ValueError(
                f"the candles of {symbol} are {min(steps) // 1000} s apart: 1-minute ones needed"
            )
        self.first_ms = self._times[0]
        self.end_ms = self._times[-1] + MINUTE_MS
        self._has_gaps = len(self._times) * MINUTE_MS != self.end_ms - self.first_ms

    def _append(self, blob: bytes) -> None:
        """Add a file's rows; rows that an earlier file already holds are skipped."""
        lines = blob.split(b"\n")
        starts = list(accumulate((len(line) + 1 for line in lines), initial=len(self._blob)))
        last = self._times[-1] if self._times else -1
        # A row starts with its time; the header and the empty last line do not.
        rows = [
            (int(line.partition(b",")[0]), start)
            for line, start in zip(lines, starts, strict=False)
            if line[:1].isdigit()
        ]
        self._times.extend(time for time, _ in rows if time > last)
        self._offsets.extend(start for time, start in rows if time > last)
        self._blob += blob + b"\n"

    def candle(self, open_time_ms: int) -> Candle:
        row = (open_time_ms - self.first_ms) // MINUTE_MS
        if self._has_gaps:
            row = bisect_left(self._times, open_time_ms + 1) - 1
        start = self._offsets[row]
        words = self._blob[start : self._blob.index(b"\n", start)].decode("ascii").split(",")
        opened, high, low, close = (round_to_tick(Decimal(w), self._tick) for w in words[1:5])
        if self._times[row] != open_time_ms:
            return Candle(open_time_ms, close, close, close, close, Decimal(0))
        return Candle(open_time_ms, opened, high, low, close, Decimal(words[5].strip()))


def _symbol_files(path: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        match = re.match(r"([A-Z0-9]+?USDT).*\.csv(\.gz)?$", file.name)
        if match is None:
            continue
        symbol = match.group(1)
        if not any(symbol in specs for specs in INSTRUMENTS.values()):
            _log.warning("candles of %s are left out: no exchange lists it", symbol)
            continue
        found[symbol].append(file)
    return dict(found)


def _read_bytes(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def _first_time(blob: bytes) -> int:
    for line in blob.split(b"\n", 2)[:2]:
        if line[:1].isdigit():
            return int(line.partition(b",")[0])
    return 0


def _read_funding(folder: Path) -> dict[tuple[str, int], Decimal]:
    """Read `funding_time_ms,funding_rate` rows by symbol and funding time.

    Exchanges stamp a settlement a few milliseconds late, so the time is taken to the nearest
    funding time, and a row more than a minute away from one is another schedule's.
    """
    rates: dict[tuple[str, int], Decimal] = {}
    if not folder.is_dir():
        return rates
    for symbol, paths in _symbol_files(folder).items():
        for path in paths:
            for line in _read_bytes(path).decode("ascii").split("\n"):
                if not line[:1].isdigit():
                    continue
                time_text, rate = line.split(",")
                time_ms = int(time_text) + MINUTE_MS // 2
                settlement = time_ms - time_ms % FUNDING_INTERVAL_MS
                if time_ms - settlement <= MINUTE_MS:
                    rates[symbol, settlement] = Decimal(rate).quantize(FUNDING_STEP)
    return rates
