from datetime import date
from decimal import Decimal
from uuid import UUID

from patriot_app.core.queries.rankings import Cohort, RankedDays
from patriot_app.web.console.strategy_ranking.rows import (
    cohort_rows,
    ranked_rows,
    suggestion_rows,
)
from tests.factories.days import make_days

GOOD = RankedDays(UUID(int=1), "Good", 3, Decimal(5000), make_days([100, 101] * 40))
BAD = RankedDays(UUID(int=2), "Bad", 2, Decimal(900), make_days([100, 99] * 40))


def test_strategies_stand_in_their_order_with_their_money() -> None:
    good, bad = ranked_rows([BAD, GOOD])
    assert (good.name, good.managed.text, good.verdict) == ("Good", "5,000.00", "sound")
    assert (bad.name, bad.accounts, bad.verdict) == ("Bad", "2", "losing")
    assert good.id == f"strategy:{UUID(int=1)}"


def test_shares_are_named_and_a_lonely_strategy_gets_a_reason() -> None:
    rows = {row.id: row for row in suggestion_rows([GOOD, BAD])}
    assert rows["EQUAL_WEIGHT"].shares == "Good 50.00 %, Bad 50.00 %"
    assert rows["EQUAL_WEIGHT"].kept.text != "—"
    assert suggestion_rows([GOOD])[0].note.startswith("not shown: needs two strategies")
    assert suggestion_rows([])[0].shares == "—"


def test_cohorts_are_shares_of_who_began() -> None:
    (row,) = cohort_rows([Cohort(date(2026, 2, 1), 3, (3, 2))])
    assert (row.id, row.clients) == ("Feb 2026", "3")
    assert row.kept[:3] == ["100%", "67%", ""]
