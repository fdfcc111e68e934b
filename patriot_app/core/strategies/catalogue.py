"""Every strategy that can be deployed, by name."""

from patriot_app.core.errors import NotFound
from patriot_app.core.strategies.contract import Strategy
from patriot_app.core.strategies.donchian_breakout import DONCHIAN_BREAKOUT
from patriot_app.core.strategies.ema_cross import EMA_CROSS
from patriot_app.core.strategies.operator_signal import OPERATOR_SIGNAL

CATALOGUE: dict[str, Strategy] = {
    strategy.name: strategy for strategy in (EMA_CROSS, DONCHIAN_BREAKOUT, OPERATOR_SIGNAL)
}


def strategy_named(name: str) -> Strategy:
    """Return a strategy of the catalogue.

    Raises:
        NotFound: there is none of that name.
    """
    found = CATALOGUE.get(name)
    if found is None:
        raise NotFound(f"There is no strategy {name}; there are {', '.join(sorted(CATALOGUE))}")
    return found
