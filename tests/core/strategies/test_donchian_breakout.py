from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.signals import Signal, SignalAction, validate_signal
from patriot_app.core.strategies.contract import Stance, stance_after
from patriot_app.core.strategies.donchian_breakout import DONCHIAN_BREAKOUT
from tests.factories.strategies import make_input

SETTINGS = {"entry_period": "10", "exit_period": "4", "atr_period": "5"}
NEEDED = DONCHIAN_BREAKOUT.bars_needed(DONCHIAN_BREAKOUT.read(SETTINGS))
QUIET = [100.0] * NEEDED


def decide(closes: list[float], *, stance: Stance = Stance.FLAT, **settings: str) -> Signal | None:
    values = DONCHIAN_BREAKOUT.read(SETTINGS | settings)
    return DONCHIAN_BREAKOUT.decide(make_input(closes, stance=stance), values)


def action(closes: list[float], *, stance: Stance = Stance.FLAT, **settings: str) -> str | None:
    signal = decide(closes, stance=stance, **settings)
    return None if signal is None else signal.action.value


def test_a_close_beyond_the_channel_opens() -> None:
    assert action([*QUIET, 101]) == "open_long"
    assert action([*QUIET, 99]) == "open_short"


def test_a_close_at_the_edge_opens_nothing() -> None:
    assert action([*QUIET, 100.5]) is None
    assert action([*QUIET, 99.5]) is None


def test_a_breakout_in_the_held_direction_says_nothing_again() -> None:
    assert action([*QUIET, 101], stance=Stance.LONG) is None
    assert action([*QUIET, 99], stance=Stance.SHORT) is None


def test_a_breakout_against_the_held_direction_turns() -> None:
    assert action([*QUIET, 99], stance=Stance.LONG) == "open_short"


def test_the_shorter_opposite_channel_closes() -> None:
    rising = [*QUIET, 104, 108, 112, 116, 120]
    assert action([*rising, 107], stance=Stance.LONG) is None
    assert action([*rising, 103], stance=Stance.LONG) == "close"
    falling = [*QUIET, 96, 92, 88, 84, 80]
    assert action([*falling, 97], stance=Stance.SHORT) == "close"
    assert action([*falling, 97]) is None


def test_without_shorts_a_low_only_closes() -> None:
    assert action([*QUIET, 99], allow_short="false") is None
    assert action([*QUIET, 99], stance=Stance.LONG, allow_short="false") == "close"


def test_too_few_bars_decide_nothing() -> None:
    assert action([*QUIET[: NEEDED - 2], 101]) is None


def test_the_last_signal_decides_the_stance() -> None:
    assert stance_after(None) is Stance.FLAT
    assert stance_after(SignalAction.OPEN_LONG) is Stance.LONG
    assert stance_after(SignalAction.OPEN_SHORT) is Stance.SHORT
    assert stance_after(SignalAction.CLOSE) is Stance.FLAT


@given(
    steps=st.lists(st.integers(-5, 5), min_size=NEEDED, max_size=NEEDED + 20),
    stance=st.sampled_from(Stance),
)
def test_every_signal_it_makes_is_sensible_and_changes_the_stance(
    steps: list[int], stance: Stance
) -> None:
    closes: list[float] = [1000.0]
    for step in steps:
        closes.append(closes[-1] + step)
    signal = decide(closes, stance=stance)
    if signal is not None:
        validate_signal(signal)
        assert stance_after(signal.action) is not stance
