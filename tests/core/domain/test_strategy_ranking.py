"""Strategies in their order."""

from patriot_app.core.domain.strategy_ranking import Verdict, rank
from tests.factories.days import make_days


def test_the_best_comes_first_and_those_who_fall_back_are_marked() -> None:
    ranked = rank(
        [
            ("1", "Loses", make_days([100, 99, 95])),
            ("2", "Wild", make_days([100, 130, 101])),
            ("3", "Steady", make_days([100, 103, 107])),
            ("4", "Young", ()),
            ("5", "Good", make_days([100, 102, 105])),
        ]
    )
    assert [(one.name, one.verdict) for one in ranked] == [
        ("Steady", Verdict.SOUND),
        ("Good", Verdict.SOUND),
        ("Wild", Verdict.BEHIND),
        ("Loses", Verdict.LOSING),
        ("Young", Verdict.UNKNOWN),
    ]


def test_of_two_none_is_behind() -> None:
    ranked = rank([("1", "A", make_days([100, 130, 101])), ("2", "B", make_days([100, 102, 105]))])
    assert {one.verdict for one in ranked} == {Verdict.SOUND}
