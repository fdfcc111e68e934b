"""The steps of a statement: their order, their signs, what is left out."""

from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain import figures
from patriot_app.core.domain.statement_steps import LABELS, FeeFigures, bridge_steps, fee_steps
from patriot_app.core.domain.statements import BridgeLine

NOTHING: dict[str, Any] = {
    "opening_equity": "15000",
    "lines": {line.value: "0" for line in BridgeLine},
    "closing_equity": "15000",
}


def test_every_line_of_a_bridge_has_words() -> None:
    assert set(LABELS) == set(BridgeLine)


def test_lines_of_nothing_are_left_out_but_those_that_everybody_looks_for() -> None:
    assert [step.id for step in bridge_steps(NOTHING)] == [
        "opening",
        "deposits",
        "withdrawals",
        "realised",
        "closing",
    ]


def test_a_flow_has_no_sign_of_gain_and_a_gain_has() -> None:
    lines = {**NOTHING["lines"], "deposits": "2000", "funding": "0.004", "commission": "-60"}
    texts = {step.id: step.text for step in bridge_steps({**NOTHING, "lines": lines})}
    assert texts["deposits"] == "2,000.00"
    assert texts["funding"] == "0.00"
    assert texts["commission"] == "−60.00"


def test_a_fee_that_was_not_computed_shows_no_figure() -> None:
    assert {step.text for step in fee_steps(FeeFigures(None, None, None, None, None, None))} == {
        "—"
    }


@pytest.mark.parametrize(
    ("amount", "shown", "signed"),
    [
        ("1234567.895", "1,234,567.90", "+1,234,567.90"),
        ("-0.004", "0.00", "0.00"),
        ("-1.005", "−1.00", "−1.00"),
        ("0", "0.00", "0.00"),
    ],
)
def test_amounts_are_grouped_and_ties_go_to_the_even_cent(
    amount: str, shown: str, signed: str
) -> None:
    assert figures.grouped(Decimal(amount)) == shown
    assert figures.signed(Decimal(amount)) == signed
