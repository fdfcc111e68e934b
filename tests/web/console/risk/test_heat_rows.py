from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.queries.risk_watch import Held
from patriot_app.web.console.risk.heat_rows import (
    ACCOUNTS_SHOWN,
    CONTRACTS_SHOWN,
    correlation_heat,
    exposure_heat,
)
from patriot_app.web.kit import Heat, HeatCell

BOOK: dict[str, Any] = {
    "components": [{"symbol": "BTCUSDT"}, {"symbol": "ETHUSDT"}],
    "correlation": [["1", "-0.8"], ["-0.8", "1"]],
}


def held(number: int, symbol: str, notional: str | None, equity: str | None = "10000") -> Held:
    return Held(
        "Ada",
        f"Main {number}",
        symbol,
        None if notional is None else Decimal(notional),
        UUID(int=number),
        None if equity is None else Decimal(equity),
    )


def test_the_desk_is_net_and_the_largest_account_comes_first() -> None:
    heat = exposure_heat(
        [
            held(1, "BTCUSDT", "1500"),
            held(2, "BTCUSDT", "-2500"),
            held(2, "ETHUSDT", "12000"),
        ]
    )
    assert heat.columns == ["ETHUSDT", "BTCUSDT"]
    assert [row.label for row in heat.rows] == ["All accounts", "Ada · Main 2", "Ada · Main 1"]
    desk, large, small = heat.rows
    assert desk.note == "equity 20,000"
    assert desk.cells[1] == HeatCell("−1,000", "−5 %", "short-1")
    assert large.cells == [
        HeatCell("12,000", "120 %", "long-4"),
        HeatCell("−2,500", "−25 %", "short-2"),
    ]
    assert small.cells == [HeatCell(), HeatCell("1,500", "15 %", "long-2")]
    assert (desk.id, large.id) == ("", str(UUID(int=2)))


def test_what_is_not_known_is_said() -> None:
    heat = exposure_heat(
        [
            held(1, "BTCUSDT", None),
            held(2, "BTCUSDT", "500", equity=None),
            held(3, "BTCUSDT", "-400", equity="-5"),
        ]
    )
    cells = {row.label: row.cells[0] for row in heat.rows}
    assert cells["Ada · Main 1"] == HeatCell("—", "no price")
    assert cells["Ada · Main 2"] == HeatCell("500")
    assert cells["Ada · Main 3"] == HeatCell("−400", "no equity", "short-4")


def test_more_contracts_than_fit_are_added_up_without_sign() -> None:
    symbols = [f"C{number:02}USDT" for number in range(CONTRACTS_SHOWN)]
    many = [held(1, symbol, "1000") for symbol in symbols]
    heat = exposure_heat([*many, held(1, "LOWUSDT", "-30"), held(1, "TINYUSDT", "20")])
    assert heat.columns == [*symbols, "Others"]
    assert heat.rows[1].cells[-1].text == "50"
    accounts = exposure_heat([held(number, "BTCUSDT", "1") for number in range(1, 99)])
    assert len(accounts.rows) == 1 + ACCOUNTS_SHOWN


def test_nothing_held_is_an_empty_table() -> None:
    assert exposure_heat([]) == correlation_heat(None) == Heat()


def test_how_prices_move_together_is_drawn_once_two_are_held() -> None:
    heat = correlation_heat(BOOK)
    assert heat.columns == ["BTCUSDT", "ETHUSDT"]
    assert heat.rows[0].cells == [HeatCell("1.00"), HeatCell("−0.80", "", "short-4")]
    assert (
        correlation_heat({"components": [{"symbol": "BTCUSDT"}], "correlation": [["1"]]}) == Heat()
    )
