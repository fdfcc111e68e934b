"""A batch has one outcome for each of its items; an answer that is lost says nothing of any."""

import orjson
import pytest

from daemon.exchanges.classifier import Expected, classify_batch
from daemon.exchanges.outcomes import Write
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Outcome

FIRST, SECOND = Expected(Write.CANCEL, "ours-1"), Expected(Write.CANCEL, "ours-2")
BOTH = [FIRST, SECOND]


def outcomes(exchange: Exchange, document: object, *, status: int = 200) -> list[Outcome]:
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    verdicts = classify_batch(exchange, status=status, body=body, expected=BOTH)
    return [verdict.outcome for verdict in verdicts]


def bybit(*items: tuple[int, str]) -> dict[str, object]:
    """Return an answer of Bybit: a code and our id for each item."""
    return {
        "retCode": 0,
        "retMsg": "OK",
        "result": {
            "list": [{"orderId": f"their-{name}", "orderLinkId": name} for _, name in items]
        },
        "retExtInfo": {"list": [{"code": code, "msg": ""} for code, _ in items]},
    }


def test_each_item_of_binance_is_judged_by_itself() -> None:
    answer = [
        {"orderId": 1, "clientOrderId": "ours-1", "status": "CANCELED"},
        {"code": -2011, "msg": "Unknown order sent."},
    ]
    assert outcomes(Exchange.BINANCE, answer) == [Outcome.ACCEPTED, Outcome.REJECTED]


def test_each_item_of_bybit_is_judged_by_itself() -> None:
    answer = bybit((0, "ours-1"), (110001, "ours-2"))
    assert outcomes(Exchange.BYBIT, answer) == [Outcome.ACCEPTED, Outcome.REJECTED]


def test_items_in_another_order_prove_nothing() -> None:
    swapped = bybit((0, "ours-2"), (0, "ours-1"))
    assert outcomes(Exchange.BYBIT, swapped) == [Outcome.UNKNOWN, Outcome.UNKNOWN]


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (Exchange.BINANCE, [{"orderId": 1, "clientOrderId": "ours-1"}]),
        (Exchange.BINANCE, []),
        (Exchange.BINANCE, {"strange": 1}),
        (Exchange.BINANCE, b"<html>"),
        (Exchange.BINANCE, b"[1, 2]"),
        (Exchange.BYBIT, bybit((0, "ours-1"))),
        (Exchange.BYBIT, {"retCode": 0, "result": {"list": []}}),
        (Exchange.BYBIT, {"retCode": 10016, "retMsg": "Server error"}),
        (Exchange.BYBIT, b""),
    ],
)
def test_an_answer_that_does_not_speak_of_every_item_proves_nothing(
    exchange: Exchange, answer: object
) -> None:
    assert outcomes(exchange, answer) == [Outcome.UNKNOWN, Outcome.UNKNOWN]


def test_a_request_that_is_refused_as_a_whole_refuses_every_item() -> None:
    late = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
    assert outcomes(Exchange.BINANCE, late, status=400) == [Outcome.REJECTED, Outcome.REJECTED]
    window = {"retCode": 10002, "retMsg": "invalid request"}
    assert outcomes(Exchange.BYBIT, window) == [Outcome.REJECTED, Outcome.REJECTED]
