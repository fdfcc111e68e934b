"""All figures of a stretch together."""

from datetime import date
from decimal import Decimal

import pytest

from patriot_app.core.domain.daily_returns import DayResult
from patriot_app.core.domain.track_record import dietz_of, drawdown, track_record
from tests.factories.days import make_days


def test_a_stretch_in_figures() -> None:
    days = make_days([1000, 1100, 1045, 990, 1089, 1200])
    record = track_record(days)
    assert (record.profit, record.gross_profit, record.gross_loss) == (200, 310, 110)
    assert (record.wins, record.losses) == (3, 2)
    assert (record.wins_in_a_row, record.losses_in_a_row) == (2, 2)
    assert record.time_weighted is not None
    assert round(record.time_weighted, 12) == Decimal("0.2")
    assert record.win_rate.value == pytest.approx(0.6)
    assert record.profit_factor.value == pytest.approx(310 / 110)
    assert record.recovery_factor.value == pytest.approx(200 / 110)
    assert record.drawdown.amount == 110
    assert record.drawdown.fraction.value == pytest.approx(0.1)
    assert record.drawdown.days == 4
    assert record.drawdown.current == 0
    assert (record.best, record.worst) == (1200, 990)


def test_a_drawdown_that_lasts_is_counted_to_the_end() -> None:
    fall = drawdown(make_days([100, 120, 110, 90, 100]))
    assert (fall.amount, fall.days, fall.current) == (30, 3, 20)
    assert fall.fraction.value == pytest.approx(0.25)
    assert fall.current_fraction.value == pytest.approx(20 / 120)


def test_a_withdrawal_is_no_drawdown() -> None:
    assert drawdown(make_days([100, 50, 50], flows=[-50])).amount == 0


def test_the_public_example_of_modified_dietz() -> None:
    """Wikipedia, Modified Dietz: 100 to 300 with 50 in the middle makes 120 %.

    A deposit on the third of four days, from its beginning, has half of the stretch before it.
    """
    days = make_days([100, 100, 100, 150, 300], flows=[0, 0, 50])
    assert dietz_of(days) == Decimal("1.2")


def test_money_and_time_weighted_returns_may_have_different_signs() -> None:
    days = make_days([100, 50, 1050, 1155], flows=[0, 1000])
    record = track_record(days)
    assert record.time_weighted is not None
    assert record.time_weighted < 0
    assert record.profit > 0


def test_a_benchmark_counts_on_the_days_that_both_have() -> None:
    days = make_days([100, 110, 99, "108.9"])
    benchmark = {date(2026, 1, 1): 0.05, date(2026, 1, 2): -0.05, date(2026, 1, 3): 0.05}
    record = track_record(days, benchmark=benchmark)
    assert record.beta.value == pytest.approx(2)
    assert track_record(days, benchmark={date(2020, 1, 1): 0.1}).beta.value is None


def test_a_stretch_without_movement_shows_reasons_not_noughts() -> None:
    record = track_record([DayResult(date(2026, 1, 1), *[Decimal(0)] * 4)])
    for measure in (
        record.sharpe,
        record.win_rate,
        record.profit_factor,
        record.money_weighted,
        record.beta,
    ):
        assert measure.value is None
        assert measure.why
    assert record.time_weighted is None
    assert record.modified_dietz is None
