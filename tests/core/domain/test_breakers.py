"""A breaker opens when an exchange fails, and lets entries back in by small steps only."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.breakers import (
    FAILURES_MAX,
    PAUSE_FIRST_S,
    PAUSE_MAX_S,
    SHARES,
    STEP_S,
    TRANSITIONS,
    UNKNOWNS_MAX,
    WINDOW_S,
    Answered,
    Breaker,
    BreakerState,
    Probe,
)

S = BreakerState


def opened(now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(UNKNOWNS_MAX):
        breaker.note(Answered.UNKNOWN, now)
    assert breaker.state is S.OPEN
    return breaker


def back_to_exits(now: float = 100.0) -> tuple[Breaker, float]:
    breaker = opened(now)
    now += PAUSE_FIRST_S
    breaker.note_probe(is_well=True, now=now)
    breaker.note_probe(is_well=True, now=now)
    assert breaker.state is S.EXITS
    return breaker, now


@pytest.mark.parametrize(
    ("answered", "needed"),
    [(Answered.FAILED, FAILURES_MAX), (Answered.UNKNOWN, UNKNOWNS_MAX)],
)
def test_it_opens_after_so_many(answered: Answered, needed: int) -> None:
    breaker = Breaker()
    for _ in range(needed - 1):
        breaker.note(answered, 100.0)
    assert breaker.entries_share(100.0) == 1.0
    breaker.note(answered, 100.0)
    assert (breaker.state, breaker.entries_share(100.0)) == (S.OPEN, 0.0)


def test_failures_of_long_ago_do_not_count() -> None:
    breaker = Breaker()
    for second in range(20):
        breaker.note(Answered.FAILED, 100.0 + second * WINDOW_S)
    assert breaker.state is S.CLOSED


def test_a_few_bad_accounts_among_many_close_nothing() -> None:
    breaker = Breaker()
    for _ in range(50):
        for _ in range(19):
            breaker.note(Answered.WELL, 100.0)
        breaker.note(Answered.UNKNOWN, 100.0)
    assert breaker.state is S.CLOSED


def test_the_way_back_goes_step_by_step() -> None:
    breaker = opened(100.0)
    assert breaker.probe(100.0 + PAUSE_FIRST_S - 0.1) is None
    now = 100.0 + PAUSE_FIRST_S
    assert breaker.probe(now) is Probe.TIME
    breaker.note_probe(is_well=True, now=now)
    assert breaker.probe(now) is Probe.ACCOUNT
    assert breaker.entries_share(now) == 0.0
    breaker.note_probe(is_well=True, now=now)
    assert breaker.probe(now) is None
    assert breaker.entries_in_s(now) == STEP_S
    shares = [breaker.entries_share(now + step * STEP_S) for step in range(4)]
    assert shares == [0.0, *SHARES]
    assert breaker.state is S.CLOSED


def test_a_silent_spell_climbs_several_steps_at_once() -> None:
    breaker, now = back_to_exits()
    assert breaker.entries_share(now + 60 * STEP_S) == 1.0


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_one_failure_on_the_way_back_opens_it_again(steps: int) -> None:
    breaker, now = back_to_exits()
    now += steps * STEP_S
    breaker.look(now)
    breaker.note(Answered.FAILED, now)
    assert breaker.state is S.OPEN
    # And it is left alone for longer.
    assert breaker.probe(now + PAUSE_FIRST_S) is None
    assert breaker.probe(now + 2 * PAUSE_FIRST_S) is Probe.TIME


def test_the_pause_has_an_end() -> None:
    breaker, now = opened(), 100.0
    for _ in range(20):
        now += PAUSE_MAX_S
        assert breaker.probe(now) is Probe.TIME
        breaker.note_probe(is_well=False, now=now)


EVENTS = st.lists(
    st.tuples(st.sampled_from([*Answered, True, False]), st.floats(min_value=0.0, max_value=5.0)),
    max_size=80,
)


@given(events=EVENTS)
def test_whatever_happens_it_walks_its_table_and_can_come_back(
    events: list[tuple[Answered | bool, float]],
) -> None:
    breaker, now = Breaker(), 100.0
    for event, wait in events:
        now += wait
        before, share = breaker.state, breaker.entries_share(now)
        before = breaker.state
        if isinstance(event, Answered):
            breaker.note(event, now)
        else:
            breaker.note_probe(is_well=event, now=now)
        assert breaker.state is before or breaker.state in TRANSITIONS[before]
        assert share in {0.0, *SHARES}
        # Entries are held exactly while it is not well.
        assert (share == 1.0) == (before is S.CLOSED)
        assert not math.isnan(breaker.entries_in_s(now))
    for _ in range(3):
        now += PAUSE_MAX_S
        if breaker.probe(now) is not None:
            breaker.note_probe(is_well=True, now=now)
    assert breaker.entries_share(now + 4 * STEP_S) == 1.0
