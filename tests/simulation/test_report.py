"""A run fails when a world violates something, and when many worlds failed to show what they should."""

from collections import Counter

from tests.chaos.crash_points import transactions
from tests.simulation.checkers.every import CHECKERS
from tests.simulation.laboratory import Result
from tests.simulation.report import MANY_WORLDS, TAKEOVERS_MIN, WORLDS_FOR_A_CRASH, Report
from tests.simulation.unreached import NO_REASON, REASONS


def report_of(worlds: int, *, without: str = "", **overrides: object) -> Report:
    report = Report()
    values = {
        "violations": (),
        "digest": "",
        "cases": Counter({name: 1 for name in CHECKERS if name != without}),
        "points": Counter({"sending.before": 1}),
        "crashed_at": Counter({"sending.before": 1}),
        **overrides,
    }
    for seed in range(worlds):
        report.add(Result(seed=seed, **values))  # type: ignore[arg-type]
    return report


def test_many_worlds_in_order_lack_nothing() -> None:
    assert report_of(MANY_WORLDS).shortcomings() == []


def test_an_invariant_without_a_case_is_told() -> None:
    assert report_of(MANY_WORLDS, without="T13").shortcomings() == ["T13 never had a case"]
    assert report_of(MANY_WORLDS - 1, without="T13").shortcomings() == []


def test_a_crash_point_at_which_nobody_died_is_told() -> None:
    report = report_of(WORLDS_FOR_A_CRASH, points=Counter({"reading.after": 3}))
    (told,) = report.shortcomings()
    assert "reading.after" in told
    assert report.figures()["crash_points_left"] == {"reading.after": WORLDS_FOR_A_CRASH}


def test_slow_takeovers_are_told() -> None:
    report = report_of(TAKEOVERS_MIN, takeover_s=(31.0,))
    (told,) = report.shortcomings()
    assert "31.0 s" in told


def test_violations_are_counted_and_their_seeds_listed() -> None:
    report = report_of(2, violations=("T1 twice", "T4 lost"))
    assert (report.violations, report.failed) == (4, [0, 1])


def test_what_no_world_came_to_is_told_with_its_reason() -> None:
    told = report_of(1, points=Counter({"lease.tick.before": 1})).figures()
    never = told["transactions_never_opened"]
    assert "lease.tick" not in never[NO_REASON]
    assert "submitter._mark" in never[NO_REASON]
    assert "keys.rotate" in never[REASONS["keys.rotate"]]


def test_reasons_are_of_transactions_that_there_are() -> None:
    assert set(REASONS) <= transactions()


def test_seconds_without_a_stop_that_do_not_count_are_added_up_by_fault() -> None:
    report = report_of(2, excused_s=Counter({"maintenance": 1.5}))
    assert report.figures()["unprotected_s_excused"] == {"maintenance": 3.0}
