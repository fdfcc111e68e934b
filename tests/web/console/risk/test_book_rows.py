from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.queries.risk_watch import BreachRecord, Held
from patriot_app.web.console.risk.book_rows import (
    component_rows,
    exposure_csv,
    record_text,
)

ADA, BOB = UUID(int=1), UUID(int=2)
BOOK: dict[str, Any] = {
    "components": [
        {
            "symbol": symbol,
            "notional": "1000",
            "component": part,
            "marginal": "0.0123",
            "volatility": "0.025",
        }
        for symbol, part in (("BTCUSDT", "40"), ("ETHUSDT", "-5"))
    ],
    "correlation": [["1", "0.8"], ["0.8", "1"]],
}


def test_each_position_shows_its_part() -> None:
    one, two = component_rows(BOOK)
    assert (one.id, one.marginal, one.volatility) == ("BTCUSDT", "0.0123", "2.50%")
    assert two.component.text.endswith("5.00")
    assert component_rows(None) == []


def test_the_record_tells_both_rates() -> None:
    words = record_text(BreachRecord(breaches=12, accounts=4, false_alarms=3, measured=40))
    assert "on 4 of 40 accounts (10.0%)" in words
    assert "3 false alarms (25.0%)" in words
    assert record_text(BreachRecord(0, 0, 0, 0)) == "Nothing was measured within 30 days."


def test_exposure_is_a_matrix_of_accounts_and_contracts() -> None:
    held = [
        Held("Ada", "Main", "BTCUSDT", Decimal("100.5"), ADA, Decimal(1000)),
        Held("Ada", "Main", "ETHUSDT", Decimal(-20), ADA, Decimal(1000)),
        Held("Bob", "Main", "ETHUSDT", None, BOB, None),
    ]
    assert exposure_csv(held).splitlines() == [
        "client,account,equity,BTCUSDT,ETHUSDT",
        "Ada,Main,1000,100.5,-20",
        "Bob,Main,,,",
    ]
