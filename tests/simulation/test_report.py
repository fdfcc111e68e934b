"""A run fails when a world violates something, and when many worlds failed to show what they should."""

from collections import Counter

from tests.simulation.checkers.every import CHECKERS
from tests.simulation.laboratory import Result
from tests.simulation.report import MANY_WORLDS, TAKEOVERS_MIN, WORLDS_FOR_A_CRASH, Report


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
