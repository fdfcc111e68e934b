from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.signals import Signal, SignalAction, validate_signal
from patriot_app.core.strategies.contract import Stance
from patriot_app.core.strategies.ema_cross import EMA_CROSS
from tests.factories.strategies import make_input

SETTINGS = {
    "fast_period": "3",
    "slow_period": "6",
    "rsi_period": "5",
    "rsi_upper": "100",
    "rsi_lower": "0",
    "atr_period": "5",
}
VALUES = EMA_CROSS.read(SETTINGS)
NEEDED = EMA_CROSS.bars_needed(VALUES)
FALLING = [200 - n for n in range(NEEDED)]
RISING = [100 + n for n in range(NEEDED)]
UP = [*FALLING, FALLING[-1] + 8]
DOWN = [*RISING, RISING[-1] - 8]


def decide(closes: list[float], *, stance: Stance = Stance.FLAT, **settings: str) -> Signal | None:
    return EMA_CROSS.decide(make_input(closes, stance=stance), EMA_CROSS.read(SETTINGS | settings))


def test_a_crossing_upwards_buys_with_a_stop_below() -> None:
    signal = decide(UP)
    assert signal is not None
    assert signal.action is SignalAction.OPEN_LONG
    assert signal.reference_price == UP[-1]
    assert signal.stop_loss is not None
    assert signal.stop_loss < UP[-1]
    assert signal.take_profit is None
    assert signal.key == f"bar:{int(signal.bar_closed_at.timestamp())}"


def test_a_crossing_downwards_sells_with_a_stop_above() -> None:
    signal = decide(DOWN)
    assert signal is not None
    assert signal.action is SignalAction.OPEN_SHORT
    assert signal.stop_loss is not None
    assert signal.stop_loss > DOWN[-1]


def test_without_a_crossing_nothing_happens() -> None:
    assert decide(FALLING) is None
    assert decide([100.0] * NEEDED) is None


def test_too_few_bars_decide_nothing() -> None:
    assert decide(UP[-NEEDED + 1 :]) is None


def test_only_the_bars_it_needs_decide() -> None:
    assert decide([1.0, 999.0, *UP]) is not None
    longer, shorter = decide([*[500.0] * 50, *UP]), decide(UP)
    assert longer is not None
    assert shorter is not None
    assert longer.stop_loss == shorter.stop_loss


def test_an_exhausted_move_is_not_followed_but_ends_the_other_side() -> None:
    assert decide(UP, rsi_upper="50", rsi_period="2") is None
    signal = decide(UP, stance=Stance.SHORT, rsi_upper="50", rsi_period="2")
    assert signal is not None
    assert signal.action is SignalAction.CLOSE


def test_without_shorts_a_crossing_downwards_only_closes() -> None:
    assert decide(DOWN, allow_short="false") is None
    signal = decide(DOWN, stance=Stance.LONG, allow_short="false")
    assert signal is not None
    assert signal.action is SignalAction.CLOSE
    assert signal.stop_loss is None


def test_the_target_is_a_multiple_of_the_risk() -> None:
    signal = decide(UP, reward_ratio="2")
    assert signal is not None
    assert signal.stop_loss is not None
    assert signal.take_profit is not None
    risk = signal.reference_price - signal.stop_loss
    assert signal.take_profit - signal.reference_price == 2 * risk


def test_a_stop_is_never_nearer_than_asked() -> None:
    signal = decide(UP, stop_atr="0.5", stop_distance_min="0.2")
    assert signal is not None
    assert signal.stop_loss == signal.reference_price * Decimal("0.8")


def test_a_market_too_wild_for_a_stop_is_left() -> None:
    wild = [300 - 6 * n if n % 2 else 60 + n for n in range(NEEDED)]
    for stance in Stance:
        signal = decide([*wild, 500], stance=stance, stop_atr="10")
        assert signal is None or signal.action is SignalAction.CLOSE


@given(
    steps=st.lists(st.integers(-5, 5), min_size=NEEDED, max_size=NEEDED + 20),
    stance=st.sampled_from(Stance),
)
def test_every_signal_it_makes_is_sensible_and_repeatable(steps: list[int], stance: Stance) -> None:
    closes: list[float] = [1000.0]
    for step in steps:
        closes.append(closes[-1] + step)
    signal = decide(closes, stance=stance)
    assert signal == decide(closes, stance=stance)
    if signal is not None:
        validate_signal(signal)
