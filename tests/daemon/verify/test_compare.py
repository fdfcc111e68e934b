"""Every kind of difference is found, named, and shown with both sides' words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.verify.compare import Comparison, Difference, compare
from daemon.verify.facts import MoneyFact, OrderFact, Period, Side, TradeFact, add_order, money_key

UNTIL = 2_000
ORDER = OrderFact(
    client_order_id="ptpabc-1",
    symbol="BTCUSDT",
    side="BUY",
    state="filled",
    filled=Decimal("0.010"),
)
TRADE = TradeFact(
    symbol="BTCUSDT",
    trade_id="77",
    order_id="5",
    side="BUY",
    quantity=Decimal("0.010"),
    price=Decimal("50000.1"),
    commission=Decimal("0.2500005"),
)
ROW = MoneyFact(
    row_type="COMMISSION",
    row_id="900",
    symbol="BTCUSDT",
    asset="USDT",
    amount=Decimal("-0.2500005"),
    occurred_ms=1_000,
)
YOUNG = replace(ROW, row_id="901", amount=Decimal("-1.5"), occurred_ms=UNTIL)


def side(*, rows: tuple[MoneyFact, ...] = (ROW,)) -> Side:
    """Return an account with one of everything, whose ledger explains its wallet."""
    made = Side(
        positions={"BTCUSDT": Decimal("0.010")},
        wallet=Decimal(100) + sum((row.amount for row in rows), Decimal(0)),
    )
    add_order(made, ORDER)
    made.trades["BTCUSDT", "77"] = TRADE
    made.ledger = {money_key(row): row for row in rows}
    return made


def look(ours: Side, theirs: Side) -> Comparison:
    return compare("Client, paper", ours, theirs, ledger_until_ms=UNTIL)


def test_equal_sides_tie() -> None:
    result = look(side(), side())
    assert result.differences == ()
    assert result.counts == {"orders": 1, "fills": 1, "positions": 1, "ledger": 1}
    assert result.behind == 0


def test_zeros_after_the_last_digit_are_no_difference() -> None:
    ours = side()
    ours.trades["BTCUSDT", "77"] = replace(TRADE, price=Decimal("50000.100000000000000000"))
    assert look(ours, side()).differences == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            replace(TRADE, price=Decimal("50000.100000000000000001")),
            ("price=50000.100000000000000001", "price=50000.1"),
        ),
        (
            replace(TRADE, quantity=Decimal("0.011"), commission=Decimal(0)),
            ("quantity=0.011, commission=0", "quantity=0.010, commission=0.2500005"),
        ),
        (replace(TRADE, side="SELL"), ("side=SELL", "side=BUY")),
        (replace(TRADE, order_id="6"), ("order_id=6", "order_id=5")),
    ],
)
def test_a_fill_differs_by_its_fields(changed: TradeFact, expected: tuple[str, str]) -> None:
    ours = side()
    ours.trades["BTCUSDT", "77"] = changed
    assert look(ours, side()).differences == (Difference("fill", "BTCUSDT/77", *expected),)


def test_a_row_that_one_side_lacks_is_missing_there() -> None:
    ours, theirs = side(), side()
    del ours.trades["BTCUSDT", "77"]
    del theirs.orders["ptpabc-1"]
    order, fill = look(ours, theirs).differences
    assert (order.kind, order.key, order.theirs) == ("order", "ptpabc-1", "missing")
    assert (fill.kind, fill.key, fill.ours) == ("fill", "BTCUSDT/77", "missing")


def test_an_order_differs_by_its_state() -> None:
    ours = side()
    ours.orders["ptpabc-1"] = replace(ORDER, state="unknown")
    assert look(ours, side()).differences == (
        Difference("order", "ptpabc-1", "state=unknown", "state=filled"),
    )


def test_a_position_differs_by_its_quantity() -> None:
    ours = side()
    ours.positions = {"BTCUSDT": Decimal("-0.010"), "ETHUSDT": Decimal(1)}
    assert look(ours, side()).differences == (
        Difference("position", "BTCUSDT", "-0.010", "0.010"),
        Difference("position", "ETHUSDT", "1", "missing"),
    )


def test_a_ledger_row_of_another_amount_differs_and_so_does_the_wallet() -> None:
    ours = side(rows=(replace(ROW, amount=Decimal("-0.25")),))
    ledger, wallet = look(ours, side()).differences
    assert ledger == Difference(
        "ledger", "COMMISSION/900/BTCUSDT/USDT", "amount=-0.25", "amount=-0.2500005"
    )
    assert wallet == Difference("wallet", "USDT", "99.75", "99.7499995")


def test_a_row_younger_than_our_watermark_is_behind_and_no_difference() -> None:
    result = look(side(), side(rows=(ROW, YOUNG)))
    assert result.differences == ()
    assert result.behind == 1


def test_a_young_row_that_we_have_is_compared_all_the_same() -> None:
    ours = side(rows=(ROW, replace(YOUNG, amount=Decimal(-2))))
    kinds = [one.kind for one in look(ours, side(rows=(ROW, YOUNG))).differences]
    assert kinds == ["ledger", "wallet"]


def test_a_row_older_than_the_watermark_that_we_lack_is_a_difference() -> None:
    assert [one.kind for one in look(side(rows=()), side()).differences] == ["ledger", "wallet"]


def test_a_row_that_only_we_have_is_a_difference() -> None:
    ours = side()
    ours.ledger[money_key(YOUNG)] = YOUNG
    (difference,) = look(ours, side()).differences
    assert (difference.kind, difference.theirs) == ("ledger", "missing")


def test_a_refused_order_is_on_neither_side() -> None:
    made = Side()
    add_order(made, replace(ORDER, state="rejected"))
    assert made.orders == {}


def test_a_period_is_read_in_windows_without_gap_or_overlap() -> None:
    week = 7 * 86_400_000
    windows = Period(start_ms=10, end_ms=10 + 2 * week).windows()
    assert windows[0] == {"startTime": 10, "endTime": 10 + week - 1}
    assert windows[-1] == {"startTime": 10 + 2 * week, "endTime": 10 + 2 * week}
    assert [w["startTime"] for w in windows[1:]] == [w["endTime"] + 1 for w in windows[:-1]]
