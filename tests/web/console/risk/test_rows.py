"""Limits in words: the value that counts, whose it is, and how near an account is."""

from dataclasses import replace
from decimal import Decimal

from patriot_app.core.domain.risk_limits import LimitName, LimitSubject, effective_all
from patriot_app.core.queries.risk import Usage
from patriot_app.web.console.risk.rows import effective_row, usage_row, value_of
from tests.web.console.read_models import ID

USAGE = Usage(
    account_id=ID,
    account="Main",
    client_id=ID,
    client="Ada",
    exchange="binance",
    mode="paper",
    equity=Decimal(10_000),
    gross_notional=Decimal(20_000),
    largest_position=Decimal(20_000),
    leverage=Decimal(2),
    day_loss_fraction=Decimal("0.01"),
    drawdown_fraction=Decimal("0.02"),
    limits=effective_all((), LimitSubject(account_id=ID)),
)


def test_each_limit_is_shown_in_its_own_unit() -> None:
    assert value_of(LimitName.DRAWDOWN_FRACTION, Decimal("0.2")).text == "20.00"
    assert value_of(LimitName.LEVERAGE, Decimal("2.5")).text == "2.5×"
    assert value_of(LimitName.POSITION_NOTIONAL, Decimal(50_000)).text == "50,000"
    assert value_of(LimitName.ORDER_NOTIONAL, None).text == "Unlimited"


def test_a_limit_says_where_it_comes_from() -> None:
    rows = {row.id: row for row in map(effective_row, USAGE.limits)}
    assert rows["leverage"].origin == "default"
    assert set(rows) == {name.value for name in LimitName}


def test_what_is_near_its_limit_is_marked() -> None:
    assert usage_row(USAGE).position.tone == "neutral"
    assert usage_row(replace(USAGE, largest_position=Decimal(40_000))).position.tone == "warning"
    assert usage_row(replace(USAGE, largest_position=Decimal(50_000))).position.tone == "danger"
    assert usage_row(replace(USAGE, day_loss_fraction=Decimal("0.05"))).loss.tone == "danger"


def test_an_account_that_was_never_read_shows_no_figure() -> None:
    row = usage_row(replace(USAGE, equity=None, leverage=None, drawdown_fraction=None))
    assert (row.equity.text, row.leverage, row.drawdown.text) == ("—", "—", "—")
