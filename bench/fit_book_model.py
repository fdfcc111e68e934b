"""Fit the paper exchange's synthetic book to recorded frames of one contract.

    python bench/fit_book_model.py FRAMES.gz

FRAMES holds lines `<local ns> {"stream": ..., "data": ...}` with depth updates, trades and book
tickers of Binance USDT-M, and REST snapshots of the book as lines without a stream. The figures
printed are the tables of `daemon/paper_exchange/book_parameters.py`. Standard library only.

The book is rebuilt from snapshot and updates and sampled once a second while all of the measured
depth lies inside of what the snapshot reached: levels beyond it are known only where they changed.
Distances are from the best price of a side, in basis points of it.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

GRID_BP = (0.02, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0)
"""Distances at which the cumulated depth is measured."""
RANKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Levels of which the distance is measured, counted from the best one, which is 0."""
QUANTILES = 16
SAMPLE_MS = 1_000
FLOW_MS = 5_000
TICK = 0.1

Side = dict[float, float]


def main(arguments: Sequence[str]) -> None:
    """Read the frames and print every table."""
    samples, trades, spreads = read(Path(arguments[0]))
    sides = [side for sample in samples for side in sample]
    print(f"# {len(samples)} books, {len(trades)} trades, {spreads.total()} tickers")
    wider = [(k, v) for k, v in sorted(spreads.items()) if k > 1]
    print("ONE_TICK", round(spreads[1] / spreads.total(), 4))
    print("WIDER_MEAN_TICKS", round(sum(k * v for k, v in wider) / sum(v for _, v in wider), 1))
    best = statistics.median(price * size for (price, size), *_ in sides)
    print("BEST_NOTIONAL", round(best, -2))
    print("DEPTH", [(bp, round(median_depth(sides, bp), -2)) for bp in GRID_BP])
    print("DISTANCE", [(rank, round(median_distance(sides, rank), 3)) for rank in RANKS])
    print("NOISE", level_noise(sides))
    print("FLOW", flow_noise(trades))


def read(
    path: Path,
) -> tuple[list[tuple[Any, Any]], list[tuple[int, float, bool]], Counter[int]]:
    """Return sampled books (bids and asks, best first), trades and how often each spread was."""
    bids: Side = {}
    asks: Side = {}
    samples: list[tuple[Any, Any]] = []
    trades: list[tuple[int, float, bool]] = []
    spreads: Counter[int] = Counter()
    next_ms = snapshot = 0
    for data in frames(path):
        if "lastUpdateId" in data:
            bids = {float(price): float(size) for price, size in data["bids"]}
            asks = {float(price): float(size) for price, size in data["asks"]}
            low, high = min(bids), max(asks)
            snapshot = data["lastUpdateId"]
        elif data["e"] == "trade":
            trades.append((data["T"], float(data["q"]), data["m"]))
        elif data["e"] == "bookTicker":
            spreads[round((float(data["a"]) - float(data["b"])) / TICK)] += 1
        elif data["e"] == "depthUpdate" and bids:
            change(bids, data["b"])
            change(asks, data["a"])
            if data["E"] >= next_ms and data["u"] > snapshot:
                next_ms = data["E"] + SAMPLE_MS
                below, above = sorted(bids.items(), reverse=True), sorted(asks.items())
                reach = GRID_BP[-1] / 10_000
                if below[0][0] * (1 - reach) >= low and above[0][0] * (1 + reach) <= high:
                    samples.append((below, above))
    return samples, trades, spreads


def frames(path: Path) -> Iterator[dict[str, Any]]:
    """Return the data of every line."""
    with gzip.open(path, "rt") as file:
        for line in file:
            frame = json.loads(line.partition(" ")[2])
            yield frame.get("data", frame)


def change(side: Side, rows: list[list[str]]) -> None:
    """Apply one depth update."""
    for price, size in rows:
        if float(size):
            side[float(price)] = float(size)
        else:
            side.pop(float(price), None)


def median_depth(sides: list[Any], bp: float) -> float:
    """Return the notional value within a distance of the best price, the best level left out."""
    sums = []
    for levels in sides:
        best = levels[0][0]
        inside = (p * s for p, s in levels[1:] if abs(p - best) / best * 10_000 <= bp)
        sums.append(sum(inside))
    return statistics.median(sums)


def median_distance(sides: list[Any], rank: int) -> float:
    """Return how far a level is from the best one, in basis points."""
    found = [
        abs(levels[rank][0] - levels[0][0]) / levels[0][0] * 10_000
        for levels in sides
        if len(levels) > rank
    ]
    return statistics.median(found)


def level_noise(sides: list[Any]) -> list[float]:
    """Return quantiles of the best level's size over its mean, their own mean being one."""
    sizes = [levels[0][1] for levels in sides]
    return quantiles([size / statistics.fmean(sizes) for size in sizes])


def flow_noise(trades: list[tuple[int, float, bool]]) -> list[float]:
    """Return quantiles of what five seconds trade against one side, over its mean."""
    flows: Counter[tuple[int, bool]] = Counter()
    for time_ms, size, is_sale in trades:
        flows[time_ms // FLOW_MS, is_sale] += size  # type: ignore[assignment]
    first, last = trades[0][0] // FLOW_MS, trades[-1][0] // FLOW_MS
    values = [flows[slot, side] for slot in range(first + 1, last) for side in (False, True)]
    return quantiles([value / statistics.fmean(values) for value in values])


def quantiles(values: list[float]) -> list[float]:
    """Return the middles of equally likely classes, scaled to a mean of one."""
    ordered = sorted(values)
    step = len(ordered) / QUANTILES
    middles = [
        statistics.fmean(ordered[int(n * step) : max(int(n * step) + 1, int((n + 1) * step))])
        for n in range(QUANTILES)
    ]
    mean = statistics.fmean(middles)
    return [round(value / mean, 3) for value in middles]


if __name__ == "__main__":
    main(sys.argv[1:])
