"""Strategies that do what no strategy may, under the names of the catalogue."""

import os
import sys
from dataclasses import replace

from patriot_app.core.domain.signals import Signal
from patriot_app.core.strategies.contract import Stance, StrategyInput
from patriot_app.core.strategies.donchian_breakout import DONCHIAN_BREAKOUT
from patriot_app.core.strategies.ema_cross import EMA_CROSS
from patriot_app.core.strategies.entries import close_signal
from patriot_app.core.strategies.parameters import Parameters

_KEPT: list[bytearray] = []


def hang(_: StrategyInput, __: Parameters) -> Signal | None:
    while True:
        pass


def leak(_: StrategyInput, __: Parameters) -> Signal | None:
    while True:
        _KEPT.append(bytearray(16 * 1024 * 1024))


def raise_error(_: StrategyInput, __: Parameters) -> Signal | None:
    raise RuntimeError("the series is empty")


def die(_: StrategyInput, __: Parameters) -> Signal | None:
    os._exit(3)


def babble(_: StrategyInput, __: Parameters) -> Signal | None:
    print("thinking aloud", flush=True)
    os.write(1, b"no answer at all\n")
    return None


def spy(_: StrategyInput, __: Parameters) -> Signal | None:
    raise RuntimeError(",".join(sorted(os.environ)) + " " + " ".join(sys.argv))


CATALOGUE = {
    name: replace(EMA_CROSS, name=name, decide=decide)
    for name, decide in {
        "hang": hang,
        "leak": leak,
        "raise": raise_error,
        "die": die,
        "babble": babble,
        "spy": spy,
    }.items()
} | {"ema_cross": EMA_CROSS}


def decide_to_close(given: StrategyInput, _: Parameters) -> Signal | None:
    return close_signal(replace(given, stance=Stance.LONG), explanation="As always")


BESIDE = {
    "ema_cross": replace(EMA_CROSS, decide=hang),
    "donchian_breakout": replace(DONCHIAN_BREAKOUT, decide=decide_to_close),
}
"""One that never ends beside one that always answers."""
RAISES = {"ema_cross": replace(EMA_CROSS, decide=raise_error)}
