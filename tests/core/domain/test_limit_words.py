from decimal import Decimal

import pytest

from patriot_app.core.domain.limit_words import LABELS, in_unit, summary
from patriot_app.core.domain.risk_limits import LimitName

D, N = Decimal, LimitName


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (N.DRAWDOWN_FRACTION, "0.2", "20 %"),
        (N.DAILY_LOSS_FRACTION, "0.051234", "5.12 %"),
        (N.LEVERAGE, "12.5", "12.5×"),
        (N.OPEN_POSITIONS, "5", "5"),
        (N.LIQUIDITY_DAYS, "0.005", "0 days"),
        (N.POSITION_NOTIONAL, "50000.005", "50000 USDT"),
    ],
)
def test_a_value_is_told_in_its_unit_with_at_most_two_places(
    name: LimitName, value: str, words: str
) -> None:
    assert in_unit(name, D(value)) == words


def test_many_accounts_are_one_line() -> None:
    line = summary(N.DRAWDOWN_FRACTION, accounts=17, least=D("0.2"), most=D("0.2"))
    assert line == "17 accounts: drawdown above 20 %"
    line = summary(N.LEVERAGE, accounts=1, least=D(5), most=D(10))
    assert line == "1 account: leverage above limits of 5× to 10×"


def test_every_limit_has_a_name_for_people() -> None:
    assert set(LABELS) == set(LimitName)
