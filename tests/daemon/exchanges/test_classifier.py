"""What an answer to a write proves."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.exchanges import outcomes
from daemon.exchanges.classifier import EVIDENCE_LENGTH_MAX, Expected, classify
from daemon.exchanges.outcomes import Write
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Outcome
from tests.daemon.exchanges.builders import CLIENT_ORDER_ID

PLACE = Expected(Write.PLACE, CLIENT_ORDER_ID)
PLACE_ALGO = Expected(Write.PLACE, CLIENT_ORDER_ID, is_conditional=True)
CANCEL = Expected(Write.CANCEL, CLIENT_ORDER_ID)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.text(max_size=20)
    | st.sampled_from([CLIENT_ORDER_ID, "", "0", -2019, -1007, 0, 110007, 10000, 22542179]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "code",
                    "msg",
                    "orderId",
                    "clientOrderId",
                    "algoId",
                    "clientAlgoId",
                    "retCode",
                    "retMsg",
                    "result",
                    "orderLinkId",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
bodies = st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode())
exchanges = st.sampled_from(Exchange)
expectations = st.sampled_from([PLACE, PLACE_ALGO, CANCEL])


@given(exchanges, st.integers(100, 599), bodies, expectations)
def test_no_answer_is_accepted_without_their_id_and_the_echo_of_ours(
    exchange: Exchange, status: int, body: bytes, expected: Expected
) -> None:
    verdict = classify(exchange, status=status, body=body, expected=expected)
    if verdict.outcome is not Outcome.ACCEPTED:
        return
    assert 200 <= status < 300
    document = orjson.loads(body)
    where = document["result"] if exchange is Exchange.BYBIT else document
    names = (
        ("orderId", "orderLinkId")
        if exchange is Exchange.BYBIT
        else (
            ("algoId", "clientAlgoId") if expected.is_conditional else ("orderId", "clientOrderId")
        )
    )
    assert verdict.exchange_order_id == str(where[names[0]])
    assert verdict.exchange_order_id
    assert where[names[1]] == CLIENT_ORDER_ID


@given(exchanges, st.integers(100, 599), bodies, expectations)
def test_a_rejection_is_always_one_of_the_list(
    exchange: Exchange, status: int, body: bytes, expected: Expected
) -> None:
    verdict = classify(exchange, status=status, body=body, expected=expected)
    assert len(verdict.evidence) <= EVIDENCE_LENGTH_MAX
    if verdict.outcome is not Outcome.REJECTED:
        return
    listed = {str(code) for code in outcomes.BINANCE_REJECTED} | {
        str(code) for code in outcomes.BYBIT_REJECTED
    }
    if expected.write is Write.CANCEL:
        listed |= {str(code) for code in outcomes.BINANCE_CANCEL_REJECTED}
        listed |= {str(code) for code in outcomes.BYBIT_CANCEL_REJECTED}
    assert verdict.code in listed or status in {403, 503}
    assert status >= 400 or exchange is Exchange.BYBIT


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>maintenance</html>"),
        (200, b'{"orderId": 22542179, "clientOrd'),
        (200, b""),
        (200, b"null"),
        (200, b"{}"),
        (200, b'{"orderId":22542179,"clientOrderId":"another"}'),
        (200, b'{"orderId":0,"clientOrderId":"' + CLIENT_ORDER_ID.encode() + b'"}'),
        (200, b'{"orderId":true,"clientOrderId":"' + CLIENT_ORDER_ID.encode() + b'"}'),
        (400, b'{"code":-1000,"msg":"An unknown error occured"}'),
        (400, b'{"code":-1006,"msg":"Execution status unknown."}'),
        (408, b'{"code":-1007,"msg":"Timeout waiting for response"}'),
        (
            503,
            b'{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
        ),
        (502, b"<html>Bad gateway</html>"),
        (504, b""),
        (400, b'{"code":"-2019","msg":"text instead of a number"}'),
        (400, b'{"code":-99999,"msg":"a code of tomorrow"}'),
        (500, b'{"code":-2019,"msg":"Margin is insufficient."}'),
    ],
)
def test_binance_silence_of_any_kind_is_unknown(status: int, body: bytes) -> None:
    verdict = classify(Exchange.BINANCE, status=status, body=body, expected=PLACE)
    assert verdict.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"code":-2019,"msg":"Margin is insufficient."}', "-2019"),
        (400, b'{"code":-1021,"msg":"Timestamp outside of the recvWindow."}', "-1021"),
        (429, b'{"code":-1003,"msg":"Too many requests"}', "-1003"),
        (418, b'{"code":-1003,"msg":"Way too many requests; IP banned until 1"}', "-1003"),
        (403, b"<html>WAF</html>", ""),
        (503, b'{"code":-1008,"msg":"Request throttled by system-level protection."}', "-1008"),
        (503, b'{"code":-1000,"msg":"Service Unavailable."}', "-1000"),
        (
            503,
            b'{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}',
            "-1001",
        ),
    ],
)
def test_binance_definite_refusals(status: int, body: bytes, code: str) -> None:
    verdict = classify(Exchange.BINANCE, status=status, body=body, expected=PLACE)
    assert verdict.outcome is Outcome.REJECTED
    assert verdict.code == code


def test_a_duplicate_id_means_that_the_order_exists() -> None:
    binance = classify(
        Exchange.BINANCE, status=400, body=b'{"code":-4116,"msg":"duplicated"}', expected=PLACE
    )
    bybit = classify(
        Exchange.BYBIT,
        status=200,
        body=b'{"retCode":110072,"retMsg":"OrderLinkedID is duplicate","result":{}}',
        expected=PLACE,
    )
    assert (binance.outcome, bybit.outcome) == (Outcome.DUPLICATE, Outcome.DUPLICATE)


@pytest.mark.parametrize("code", [10000, 10016, 10014, 110079, 429, 999999])
def test_bybit_codes_that_prove_nothing_are_unknown(code: int) -> None:
    body = orjson.dumps({"retCode": code, "retMsg": "?", "result": {}})
    assert classify(Exchange.BYBIT, status=200, body=body, expected=PLACE).outcome is (
        Outcome.UNKNOWN
    )


@pytest.mark.parametrize("code", [10001, 10002, 10006, 110007, 110017, 110094])
def test_bybit_definite_refusals(code: int) -> None:
    body = orjson.dumps({"retCode": code, "retMsg": "no", "result": {}})
    verdict = classify(Exchange.BYBIT, status=200, body=body, expected=PLACE)
    assert (verdict.outcome, verdict.code) == (Outcome.REJECTED, str(code))


def test_an_unknown_order_refuses_a_cancel_but_says_nothing_of_a_new_order() -> None:
    body = b'{"code":-2011,"msg":"Unknown order sent."}'
    assert classify(Exchange.BINANCE, status=400, body=body, expected=CANCEL).outcome is (
        Outcome.REJECTED
    )
    assert classify(Exchange.BINANCE, status=400, body=body, expected=PLACE).outcome is (
        Outcome.UNKNOWN
    )


def test_an_algo_cancel_answers_with_a_code_of_text_and_is_accepted() -> None:
    body = orjson.dumps(
        {"algoId": 2146760, "clientAlgoId": CLIENT_ORDER_ID, "code": "200", "msg": "success"}
    )
    expected = Expected(Write.CANCEL, CLIENT_ORDER_ID, is_conditional=True)
    verdict = classify(Exchange.BINANCE, status=200, body=body, expected=expected)
    assert (verdict.outcome, verdict.exchange_order_id) == (Outcome.ACCEPTED, "2146760")


def test_a_stop_without_our_id_is_cancelled_by_theirs() -> None:
    body = b'{"retCode":0,"retMsg":"OK","result":{"orderId":"abc-1","orderLinkId":""}}'
    expected = Expected(Write.CANCEL, "", "abc-1")
    assert classify(Exchange.BYBIT, status=200, body=body, expected=expected).outcome is (
        Outcome.ACCEPTED
    )
    other = Expected(Write.CANCEL, "", "abc-2")
    assert classify(Exchange.BYBIT, status=200, body=body, expected=other).outcome is (
        Outcome.UNKNOWN
    )


def test_evidence_is_short_and_printable() -> None:
    body = b'{"code":-2019,"msg":"line\\nbreak\\u0000' + b"x" * 500 + b'"}'
    verdict = classify(Exchange.BINANCE, status=400, body=body, expected=PLACE)
    assert verdict.evidence.isprintable()
    assert len(verdict.evidence) <= EVIDENCE_LENGTH_MAX
