"""Slowness is what our own threads waited for a processor, against what they did."""

from tests.chaos.starvation import LOOKS, Starvation, Turns, sample, slowness_of

S = 10**9


def test_work_that_never_waits_is_not_slowed_down() -> None:
    assert slowness_of({(1, "1"): Turns(0, 0)}, {(1, "1"): Turns(2 * S, 0)}) == 1


def test_work_that_waits_twice_as_long_as_it_runs_is_three_times_slower() -> None:
    before = {(1, "1"): Turns(S, 9 * S), (2, "2"): Turns(0, 0)}
    after = {(1, "1"): Turns(2 * S, 11 * S), (2, "2"): Turns(S, 2 * S), (3, "3"): Turns(0, 90 * S)}
    assert slowness_of(before, after) == 3


def test_a_window_in_which_nobody_wants_to_run_tells_nothing() -> None:
    after = {(1, "1"): Turns(S // 100, S // 10)}
    assert slowness_of({(1, "1"): Turns(0, 0)}, after) == 1


def test_the_threads_of_this_process_are_among_those_sampled() -> None:
    assert sum(turns.ran for turns in sample().values()) > 0


def test_the_worst_ten_seconds_count_and_a_short_round_as_a_whole() -> None:
    found = Starvation()
    assert found.most == 1
    for second in range(3):
        found.put({(1, "1"): Turns(second * S, 2 * second * S)})
    assert found.most == 3
    for second in range(3, 3 + LOOKS):
        found.put({(1, "1"): Turns(second * S, 4 * S)})
    assert found.most == 1 + 4 / LOOKS
