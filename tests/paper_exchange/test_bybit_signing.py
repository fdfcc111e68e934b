"""Bybit's signature, request window and limits, on the wire clock."""

import pytest

from daemon.paper_exchange.bybit.errors import BybitError
from daemon.paper_exchange.bybit.ids import (
    execution_uuid,
    is_link_id,
    order_number,
    order_uuid,
)
from daemon.paper_exchange.bybit.limits import Allowance, Limiter
from daemon.paper_exchange.bybit.signing import (
    SignedHeaders,
    check_signature,
    check_stream_login,
    check_window,
    read_headers,
    sign,
)

NOW = 1_700_000_000_000


def make_headers(**changes: str) -> SignedHeaders:
    values = {
        "api_key": "key",
        "timestamp": str(NOW),
        "recv_window": "5000",
        "signature": "",
    } | changes
    return SignedHeaders(**values)


def code_of(error: pytest.ExceptionInfo[BybitError]) -> int:
    return error.value.code


@pytest.mark.parametrize("offset", [-5000, 0, 999])
def test_a_request_inside_of_its_window_passes(offset: int) -> None:
    check_window(str(NOW + offset), "5000", now_ms=NOW)


@pytest.mark.parametrize("offset", [-5001, 1000])
def test_a_request_outside_of_its_window_is_refused(offset: int) -> None:
    with pytest.raises(BybitError) as error:
        check_window(str(NOW + offset), "5000", now_ms=NOW)
    assert code_of(error) == 10002


def test_the_signature_covers_the_raw_payload() -> None:
    payload = b'{"symbol":"BTCUSDT", "qty":"1"}'
    signature = sign("secret", f"{NOW}key5000".encode() + payload)
    check_signature(make_headers(signature=signature.upper()), secret="secret", payload=payload)
    with pytest.raises(BybitError) as error:
        check_signature(
            make_headers(signature=signature),
            secret="secret",
            payload=payload.replace(b", ", b","),
        )
    assert code_of(error) == 10004


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 10003),
        ({"X-BAPI-API-KEY": "k"}, 10001),
        ({"X-BAPI-API-KEY": "k", "X-BAPI-TIMESTAMP": "1"}, 10004),
        ({"X-BAPI-API-KEY": "k", "X-BAPI-TIMESTAMP": "now"}, 10001),
    ],
)
def test_missing_headers_are_named(headers: dict[str, str], code: int) -> None:
    with pytest.raises(BybitError) as error:
        read_headers(headers)
    assert code_of(error) == code


def test_a_stream_login_expires() -> None:
    expires = str(NOW + 1000)
    signature = sign("secret", f"GET/realtime{expires}".encode())
    check_stream_login("secret", expires, signature, now_ms=NOW)
    for secret, now_ms, code in (("secret", NOW + 1000, 10001), ("other", NOW, 10004)):
        with pytest.raises(BybitError) as error:
            check_stream_login(secret, expires, signature, now_ms=now_ms)
        assert code_of(error) == code


@pytest.mark.parametrize("word", ["", "-1", "1e3", "\u00b2", "9" * 5000, "\ud800"])
def test_what_is_no_time_is_a_wrong_parameter(word: str) -> None:
    with pytest.raises(BybitError) as error:
        check_window(word, "5000", now_ms=NOW)
    assert code_of(error) == 10001
    with pytest.raises(BybitError) as error:
        check_stream_login("secret", word, "", now_ms=NOW)
    assert code_of(error) == 10001


def take(limiter: Limiter, user: str, path: str, now_ms: int) -> Allowance:
    return limiter.take(user, path, is_read=False, now_ms=now_ms, weight=1)


def test_ten_orders_a_second_pass_and_the_eleventh_waits() -> None:
    limiter = Limiter()
    for used in range(10):
        allowance = take(limiter, "1", "/v5/order/create", NOW + used)
        assert allowance.left == 9 - used
        assert not allowance.is_exceeded
    refused = take(limiter, "1", "/v5/order/create", NOW + 500)
    assert refused.is_exceeded
    assert refused.headers() == {
        "X-Bapi-Limit": "10",
        "X-Bapi-Limit-Status": "0",
        "X-Bapi-Limit-Reset-Timestamp": str(NOW + 1000),
    }
    assert not take(limiter, "2", "/v5/order/create", NOW + 500).is_exceeded
    assert not take(limiter, "1", "/v5/order/cancel", NOW + 500).is_exceeded
    assert not take(limiter, "1", "/v5/order/create", NOW + 1000).is_exceeded


def test_an_address_above_its_limit_is_banned_for_ten_minutes() -> None:
    limiter = Limiter()
    assert all(limiter.is_address_allowed("a", now_ms=NOW) for _ in range(600))
    assert not limiter.is_address_allowed("a", now_ms=NOW)
    assert limiter.is_address_allowed("b", now_ms=NOW)
    assert not limiter.is_address_allowed("a", now_ms=NOW + 599_999)
    assert limiter.is_address_allowed("a", now_ms=NOW + 600_000)


def test_order_ids_are_spelled_as_uuids_and_read_back() -> None:
    assert order_number(order_uuid(1_234_567)) == 1_234_567
    assert order_number("fd4300ae-7847-404e-b947-b46980a4d140") is None
    assert execution_uuid("BTCUSDT", 7) != execution_uuid("ETHUSDT", 7)


@pytest.mark.parametrize(
    ("text", "valid"), [("a-B_9", True), ("x" * 36, True), ("x" * 37, False), ("a.b", False)]
)
def test_link_ids_have_a_permitted_form(text: str, valid: bool) -> None:
    assert is_link_id(text) is valid
