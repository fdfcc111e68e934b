"""Return and profit of a month side by side, and the sentence on why they differ."""

from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.performance import SubPeriod
from patriot_app.core.domain.statement_returns import return_steps, returns_of, why_they_differ
from patriot_app.core.domain.statements import BridgeLine

D = Decimal
B = BridgeLine


def make_statement(
    stretches: list[SubPeriod] | None, *, opening: str = "1000", **lines: str
) -> dict[str, Any]:
    amounts = {line: D(lines.get(line.value, "0")) for line in BridgeLine}
    return {
        "opening_equity": opening,
        "lines": {line.value: str(amount) for line, amount in amounts.items()},
        "returns": returns_of(amounts, stretches),
    }


def stretch(start: str, end: str) -> SubPeriod:
    return SubPeriod(D(start), D(end))


def test_a_loss_on_little_and_a_gain_on_much_have_opposite_signs() -> None:
    """Half of 1,000 is lost, then 9,500 more come in, and 10 % is made on 10,000."""
    told = make_statement(
        [stretch("1000", "500"), stretch("10000", "11000")],
        deposits="9500",
        realised="600",
        unrealised_change="-100",
    )
    assert told["returns"] == {"profit": "500", "time_weighted": "-0.45000000"}
    assert [(step.text, step.label) for step in return_steps(told)] == [
        ("−45.00", "Time-weighted return"),
        ("+500.00", "Money profit"),
    ]
    assert why_they_differ(told) == (
        "The time-weighted return of −45.00 % weighs every stretch of the month alike, however much"
        " money was there; the money profit of +500.00 USDT was made with 1,000.00 USDT at first and"
        " deposits of 9,500.00 USDT and withdrawals of 0.00 USDT in between, so stretches with more"
        " money count for more in it and the two have opposite signs."
    )


def test_without_flows_both_say_the_same() -> None:
    told = make_statement([stretch("1000", "1012.345")], realised="12.345")
    assert why_they_differ(told) == (
        "No money moved in or out, so both say the same: +12.34 USDT on an opening equity of"
        " 1,000.00 USDT is 1.23 %."
    )


def test_the_public_example_is_chained() -> None:
    """Investopedia: 16.25 % and -5.56 % make 9.79 %."""
    told = make_statement(
        [stretch("1000000", "1162484"), stretch("1262484", "1192328")], deposits="100000"
    )
    assert round(D(told["returns"]["time_weighted"]), 4) == D("0.0979")


@pytest.mark.parametrize("stretches", [None, [stretch("0", "100")]])
def test_what_was_not_valued_is_not_told(stretches: list[SubPeriod] | None) -> None:
    told = make_statement(stretches, realised="5")
    assert return_steps(told)[0].text == "—"
    assert "a time-weighted return cannot be told" in why_they_differ(told)


def test_a_statement_of_former_days_tells_neither() -> None:
    assert (return_steps({}), why_they_differ({})) == ([], "")


def test_flows_are_no_profit() -> None:
    lines = dict.fromkeys(BridgeLine, D(1))
    assert returns_of(lines, None)["profit"] == "5"
    assert returns_of({B.DEPOSITS: D(7)}, None)["profit"] == "0"
