from datetime import UTC, datetime
from decimal import Decimal

import pytest

from patriot_app.core.domain.mandates import MandateTerm, opening_mark, rate_for
from patriot_app.core.errors import Refused

JANUARY, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_a_new_rate_holds_from_the_next_period() -> None:
    terms = [
        MandateTerm(Decimal("0.3"), JANUARY),
        MandateTerm(Decimal("0.2"), datetime(2026, 1, 15, tzinfo=UTC)),
    ]
    assert rate_for(terms, period_start=JANUARY) == Decimal("0.3")
    assert rate_for(terms, period_start=FEBRUARY) == Decimal("0.2")


def test_without_an_agreed_rate_nothing_is_charged() -> None:
    with pytest.raises(Refused):
        rate_for([MandateTerm(Decimal("0.3"), FEBRUARY)], period_start=JANUARY)


def test_open_profit_at_the_start_is_not_ours() -> None:
    assert opening_mark(Decimal(70)) == 70
    assert opening_mark(Decimal(-70)) == 0
