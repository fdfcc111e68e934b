"""Fit the paper exchange's seeded price model to recorded 1-minute candles.

    python bench/fit_price_model.py FOLDER [FUNDING_FOLDER]

FOLDER holds `SYMBOL*.csv.gz` with `open_time_ms,open,high,low,close,volume`. The figures printed
are the constants of `daemon/paper_exchange/model_parameters.py`. Standard library only.

The model: minute return = beta * factor + own noise; both scale with a volatility regime that the
whole market shares (a three-state Markov chain over minutes) and with a level of the day. Jumps
are what remains above five regime volatilities.
"""

from __future__ import annotations

import gzip
import math
import re
import statistics
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

MINUTE_MS = 60_000
DAY_MINUTES = 1440
WINDOW = 15
"""Minutes over which the realised volatility is measured to tell the regimes apart."""
CUTS = (0.55, 0.90)
"""Quantiles of the windows that part the calm, busy and stormy regimes."""
JUMP = 5.0

Rows = dict[int, tuple[float, float, float, float, float]]


def main(arguments: Sequence[str]) -> None:
    """Read the folder and print every parameter."""
    candles = {symbol: read_candles(path) for symbol, path in symbol_files(Path(arguments[0]))}
    times = sorted(set.intersection(*(set(rows) for rows in candles.values())))
    print(f"# {len(candles)} symbols, {len(times)} common minutes from {times[0]}")
    returns = {symbol: minute_returns(rows, times) for symbol, rows in candles.items()}
    sigma = {symbol: root_mean_square(series) for symbol, series in returns.items()}
    factor = [
        statistics.fmean(returns[symbol][i] / sigma[symbol] for symbol in returns)
        for i in range(len(times) - 1)
    ]
    scale = root_mean_square(factor)
    factor = [value / scale for value in factor]
    levels = print_days(factor)
    flat = [value / levels[i // DAY_MINUTES] for i, value in enumerate(factor)]
    regimes = print_regimes(flat)
    own: dict[str, list[float]] = {}
    for symbol, series in returns.items():
        own[symbol] = print_symbol(symbol, series, factor, candles[symbol], times)
    print_jumps("common", flat, regimes)
    noise = [
        value / levels[i // DAY_MINUTES] for symbol in own for i, value in enumerate(own[symbol])
    ]
    print_jumps("own", noise, regimes * len(own))
    if len(arguments) > 1:
        print_funding(symbol_files(Path(arguments[1])))


def symbol_files(folder: Path) -> Iterable[tuple[str, Path]]:
    for path in sorted(folder.glob("*.csv.gz")):
        match = re.match(r"[A-Z0-9]+USDT", path.name)
        if match:
            yield match.group(), path


def read_candles(path: Path) -> Rows:
    rows: Rows = {}
    with gzip.open(path, "rt") as file:
        next(file)
        for line in file:
            time, *values = line.split(",")
            a, b, c, d, e = (float(value) for value in values)
            rows[int(time)] = (a, b, c, d, e)
    return rows


def minute_returns(rows: Rows, times: Sequence[int]) -> list[float]:
    return [math.log(rows[later][3] / rows[earlier][3]) for earlier, later in pairwise(times)]


def root_mean_square(series: Sequence[float]) -> float:
    return math.sqrt(statistics.fmean(value * value for value in series))


def kurtosis(series: Sequence[float]) -> float:
    """Fourth moment over the squared second; a normal distribution has 3."""
    return statistics.fmean(v**4 for v in series) / statistics.fmean(v * v for v in series) ** 2


def print_days(factor: Sequence[float]) -> list[float]:
    """Print how the level of volatility moves from day to day; return the level of each day."""
    days = [factor[i : i + DAY_MINUTES] for i in range(0, len(factor), DAY_MINUTES)]
    levels = [root_mean_square(day) for day in days]
    logs = [math.log(level) for level in levels]
    centred = [value - statistics.fmean(logs) for value in logs]
    spread = statistics.pstdev(logs)
    memory = statistics.fmean(a * b for a, b in pairwise(centred)) / spread**2
    daily = [sum(day) for day in days if len(day) == DAY_MINUTES]
    ratio = statistics.fmean(v * v for v in daily) / DAY_MINUTES
    print(f"DAY_LEVEL_SPREAD = {spread:.3f}  DAY_LEVEL_MEMORY = {memory:.3f}")
    print(f"DAY_VARIANCE_RATIO = {ratio:.3f}  # of {len(daily)} whole days")
    return levels


def print_regimes(factor: Sequence[float]) -> list[float]:
    """Print the three regimes and their transitions; return the volatility of each minute."""
    windows = [factor[i : i + WINDOW] for i in range(0, len(factor), WINDOW)]
    # The median absolute value is blind to a single jump, so a jump does not make a regime.
    measure = [statistics.median(abs(v) for v in window) for window in windows]
    ranked = sorted(measure)
    cuts = [ranked[int(len(ranked) * cut)] for cut in CUTS]
    states = [sum(value > cut for cut in cuts) for value in measure]
    members: list[list[float]] = [[], [], []]
    for state, window in zip(states, windows, strict=True):
        members[state].extend(window)
    volatilities = [1.4826 * statistics.median(abs(v) for v in member) for member in members]
    counts = [[0, 0, 0] for _ in range(3)]
    for earlier, later in pairwise(states):
        counts[earlier][later] += 1
    print("REGIME_VOLATILITY =", [round(v, 4) for v in volatilities])
    print("REGIME_SHARE =", [round(states.count(s) / len(states), 4) for s in range(3)])
    print(f"# transitions per {WINDOW} minutes")
    for row in counts:
        print("   ", [round(count / sum(row), 4) for count in row])
    return [
        volatilities[state] for state, window in zip(states, windows, strict=True) for _ in window
    ]


def print_jumps(name: str, series: Sequence[float], volatility: Sequence[float]) -> None:
    """Print how often a move leaves its regime, how far, and the kurtosis of the rest."""
    centre = root_mean_square(series)
    unit = [value / (centre * v) for value, v in zip(series, volatility, strict=True)]
    spread = 1.4826 * statistics.median(abs(v) for v in unit)
    jumps = [abs(v) / spread for v in unit if abs(v) > JUMP * spread]
    rest = [v for v in unit if abs(v) <= JUMP * spread]
    print(
        f"{name}: jump rate {len(jumps) / len(unit):.6f} a minute, mean size "
        f"{statistics.fmean(jumps):.2f}, rms {root_mean_square(jumps):.2f} regime volatilities; "
        f"kurtosis of the rest {kurtosis(rest):.2f}, of all {kurtosis(series):.1f}"
    )


def print_symbol(
    symbol: str, series: Sequence[float], factor: Sequence[float], rows: Rows, times: Sequence[int]
) -> list[float]:
    """Print one symbol's scale and share of the factor; return its own noise, unit variance."""
    sigma = root_mean_square(series)
    beta = statistics.fmean(r * f for r, f in zip(series, factor, strict=True)) / sigma
    noise = [r / sigma - beta * f for r, f in zip(series, factor, strict=True)]
    spans = [math.log(rows[t][1] / rows[t][2]) for t in times]
    volumes = [rows[t][4] for t in times if rows[t][4] > 0]
    logs = [math.log(v) for v in volumes]
    absolute = [abs(value) for value in series]
    link = statistics.correlation(absolute, [math.log(rows[t][4] or 1e-9) for t in times[1:]])
    print(
        f"{symbol}: sigma {sigma:.6f} beta {beta:.4f} kurtosis {kurtosis(series):.1f} "
        f"range/sigma {statistics.fmean(spans) / sigma:.3f} largest {max(absolute):.4f} "
        f"median volume {statistics.median(volumes):.4g} log spread {statistics.pstdev(logs):.3f} "
        f"volume-move correlation {link:.2f} start {rows[times[0]][0]}"
    )
    unit = root_mean_square(noise)
    return [value / unit for value in noise]


def print_funding(files: Iterable[tuple[str, Path]]) -> None:
    for symbol, path in files:
        with gzip.open(path, "rt") as file:
            next(file)
            rates = [float(line.split(",")[1]) for line in file]
        memory = statistics.correlation(rates[:-1], rates[1:])
        print(
            f"{symbol}: funding mean {statistics.fmean(rates):.8f} spread "
            f"{statistics.pstdev(rates):.8f} memory {memory:.3f} "
            f"from {min(rates):.8f} to {max(rates):.8f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
