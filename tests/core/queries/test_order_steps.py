"""Events of an order, told as steps of its life."""

from datetime import UTC, datetime
from types import SimpleNamespace

from patriot_app.core.queries.order_steps import event_step


def test_amounts_are_told_without_the_zeros_they_are_stored_with() -> None:
    event = SimpleNamespace(
        recorded_at=datetime(2026, 5, 4, tzinfo=UTC),
        type="OrderAmended",
        payload={
            "symbol": "BTCUSDT",
            "price": "64000.500000000000000000",
            "quantity": "0.100000000000000000",
            "trigger_price": "120.000000000000000000",
            "number": 100,
            "reason": "",
        },
        severity="info",
        actor="daemon",
    )
    step = event_step(event)
    assert step.title == "Changed"
    assert step.text == "price 64000.5, quantity 0.1, trigger price 120, number 100"
