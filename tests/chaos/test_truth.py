"""The comparison with the exchange's own record finds what it is there to find."""

from decimal import Decimal
from typing import Any

from tests.chaos.report import Outcome, late_take_overs, percentile, render
from tests.chaos.truth import FOREVER_MS, Booked, doubled, lost, naked_ms, stranded

FILLED = Booked("i-1", "entry", "filled", Decimal(1))


def order(name: str = "ptp-1", *, conditional_id: int | None = None) -> dict[str, Any]:
    return {"client_order_id": name, "conditional_id": conditional_id}


def stop(start: int, end: int, *, status: str = "CANCELED") -> dict[str, Any]:
    return {
        "request": {"order": {"client_order_id": "ptp-s", "symbol": "BTCUSDT"}},
        "created_ms": start,
        "updated_ms": end,
        "triggered_ms": 0,
        "status": status,
    }


def trade(number: int, side: str, time_ms: int) -> dict[str, Any]:
    return {
        "trade_id": number,
        "symbol": "BTCUSDT",
        "side": side,
        "quantity": "1",
        "time_ms": time_ms,
    }


def account(**overrides: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"orders": {}, "conditionals": {}, "trades": []}
    return {**empty, "open_orders": {}, "open_conditionals": {}, **overrides}


def test_an_id_and_an_intent_are_taken_once() -> None:
    twice = account(orders={1: order(), 2: order()})
    assert doubled(twice, {"ptp-1": FILLED}) == ["ptp-1 was taken 2 times"]
    again = account(orders={1: order(), 2: order("ptp-2")})
    assert doubled(again, {"ptp-1": FILLED, "ptp-2": FILLED}) == ["intent i-1 has 2 orders"]
    assert doubled(account(orders={1: order(), 2: order("x", conditional_id=1)}), {}) == []


def test_what_the_books_do_not_have_is_lost() -> None:
    held = account(orders={1: order()})
    assert lost(held, {}) == ["ptp-1 is not in the books"]
    absent = Booked("i-1", "entry", "absent", Decimal(0))
    assert lost(held, {"ptp-1": absent}) == ["ptp-1 was taken and is absent in the books"]
    assert lost(held, {"ptp-1": FILLED}) == []


def test_what_lives_on_one_side_only_is_stranded() -> None:
    live = account(open_orders={1: order()})
    assert stranded(live, {"ptp-1": FILLED}) == ["ptp-1 is live and over in the books"]
    working = Booked("i-1", "entry", "open", Decimal(0))
    assert stranded(account(), {"ptp-1": working}) == ["ptp-1 works in the books only"]
    assert stranded(account(open_orders={1: order("of-the-customer")}), {}) == []


def test_time_without_a_stop_is_what_no_stop_and_no_excuse_covers() -> None:
    trades = [trade(1, "BUY", 1_000), trade(2, "SELL", 20_000)]
    assert naked_ms(account(trades=trades), "BTCUSDT") == 19_000
    covered = account(trades=trades, conditionals={1: stop(3_000, 18_000)})
    assert naked_ms(covered, "BTCUSDT") == 2_000
    assert naked_ms(covered, "BTCUSDT", excused=[(0, 5_000)]) == 2_000
    assert naked_ms(covered, "BTCUSDT", excused=[(0, 5_000), (18_000, 30_000)]) == 0
    still = account(trades=trades[:1], conditionals={1: stop(2_000, 2_000, status="WAITING")})
    assert naked_ms(still, "BTCUSDT") == 1_000
    assert naked_ms(account(trades=trades[:1]), "BTCUSDT") == FOREVER_MS - 1_000


def test_the_report_names_every_violation() -> None:
    one = Outcome("marked", "killed", take_overs=[21.0], violations=["ptp-1 was taken 2 times"])
    text = render([one])
    assert "1 violations" in text
    assert "p95 21.0 s" in text
    assert "marked: ptp-1 was taken 2 times" in text
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.95) == 4.0


def test_a_take_over_is_late_by_what_the_load_does_not_explain() -> None:
    busy = Outcome("kill_any", "killed", take_overs=[25.0, 37.5], slowness=2.0)
    assert late_take_overs([busy]) == ""
    idle = Outcome("kill_any", "killed", take_overs=[25.0, 37.5])
    assert "p95 of 2 take-overs and restarts is 37.5 s" in late_take_overs([idle])
    anew = Outcome("kill_both", "both killed", restarts=[31.0])
    assert "p95 of 1 take-overs and restarts is 31.0 s" in late_take_overs([anew])
    assert late_take_overs([]) == ""
