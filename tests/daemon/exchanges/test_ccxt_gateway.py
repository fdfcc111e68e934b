"""The gateway against a server that answers, fails and lies on real sockets."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from daemon.exchanges import binance_income
from daemon.exchanges.calls import NO_ANSWER, NOT_SENT
from daemon.exchanges.gateway import ExchangeGateway
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import AttemptState, OrderType, Outcome, Side
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable
from tests.daemon.exchanges.builders import (
    CLIENT_ORDER_ID,
    NOW,
    make_gateway,
    make_identity,
    make_request,
    make_session,
)
from tests.daemon.exchanges.scripted_server import (
    ScriptedServer,
    Seen,
    answer,
    json_answer,
    scripted_server,
)


def params_of(seen: Seen) -> dict[str, str]:
    query = seen.body.decode() or urlsplit(seen.target).query
    return {name: values[0] for name, values in parse_qs(query).items()}


async def test_an_order_is_accepted_with_their_id_and_our_echo() -> None:
    async with scripted_server() as server:
        server.script = lambda seen: json_answer(
            {"orderId": 22542179, "clientOrderId": params_of(seen)["newClientOrderId"]}
        )
        gateway: ExchangeGateway = make_gateway(server.url)
        result = await gateway.submit(make_session(), make_request())
        await gateway.close()
    assert (result.outcome, result.exchange_order_id) == (Outcome.ACCEPTED, "22542179")
    assert params_of(server.seen[0])["timestamp"] == "1700000000000"


@pytest.mark.parametrize("exchange", list(Exchange))
@pytest.mark.parametrize(
    "raw",
    [None, answer(200, b"<html>"), answer(502, b""), answer(200, b'{"orderId', length=900)],
    ids=["closed", "html", "bad gateway", "cut"],
)
async def test_an_unclear_answer_is_unknown_and_sent_once(
    exchange: Exchange, raw: bytes | None
) -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: raw
        server.close_after_answer = raw is not None and b"900" in raw
        gateway = make_gateway(server.url)
        result = await gateway.submit(make_session(exchange), make_request(exchange))
        cancelled = await gateway.cancel(
            make_session(exchange),
            make_identity(),
            timestamp_ms=1_700_000_000_000,
            receive_window_ms=3_000,
        )
        await gateway.close()
    assert (result.outcome, cancelled.outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert len(server.seen) == 2


async def test_a_timeout_is_unknown_and_the_late_answer_is_not_read() -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: b""
        gateway = make_gateway(server.url, http_timeout_s=0.2)
        result = await gateway.submit(make_session(), make_request())
        await gateway.close()
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, NO_ANSWER)


async def test_a_refused_connection_is_unknown_too_and_says_so() -> None:
    async with scripted_server() as server:
        url = server.url
    gateway = make_gateway(url)
    result = await gateway.submit(make_session(), make_request())
    await gateway.close()
    assert (result.outcome, result.code, result.http_status) == (Outcome.UNKNOWN, NOT_SENT, 0)


async def test_evidence_never_holds_a_key_or_a_signature() -> None:
    async with scripted_server() as server:
        url = server.url
    gateway = make_gateway(url)
    session = make_session(api_key="visible-key", api_secret="visible-secret")
    result = await gateway.submit(session, make_request())
    await gateway.close()
    assert "visible" not in f"{result}{session!r}"
    assert "signature" not in result.evidence


async def test_a_conditional_order_goes_to_the_algo_endpoint() -> None:
    async with scripted_server() as server:
        server.script = lambda seen: json_answer(
            {"algoId": 5, "clientAlgoId": params_of(seen)["clientAlgoId"]}
        )
        gateway = make_gateway(server.url)
        result = await gateway.submit(
            make_session(),
            make_request(
                side=Side.SELL,
                order_type=OrderType.STOP_MARKET,
                trigger_price=Decimal(1),
                close_position=True,
            ),
        )
        await gateway.close()
    assert result.outcome is Outcome.ACCEPTED
    assert urlsplit(server.seen[0].target).path == "/fapi/v1/algoOrder"


@pytest.mark.parametrize("conditional", [False, True])
async def test_not_found_on_binance_is_none(conditional: bool) -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer(
            {"code": -2013, "msg": "Order does not exist."}, status=400
        )
        gateway = make_gateway(server.url)
        found = await gateway.fetch_order(make_session(), make_identity(is_conditional=conditional))
        await gateway.close()
    assert found is None
    path = urlsplit(server.seen[0].target).path
    assert path == ("/fapi/v1/algoOrder" if conditional else "/fapi/v1/order")


async def test_not_found_on_bybit_needs_both_lists() -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer(
            {"retCode": 0, "retMsg": "OK", "result": {"list": []}, "time": 1}
        )
        gateway = make_gateway(server.url)
        found = await gateway.fetch_order(make_session(Exchange.BYBIT), make_identity())
        await gateway.close()
    assert found is None
    assert [urlsplit(seen.target).path for seen in server.seen] == [
        "/v5/order/realtime",
        "/v5/order/history",
    ]


@pytest.mark.parametrize("exchange", list(Exchange))
@pytest.mark.parametrize(
    "raw",
    [None, answer(200, b"<html>"), answer(503, b"{}"), answer(200, b"null")],
    ids=["closed", "html", "unavailable", "null"],
)
async def test_a_failed_look_up_is_no_proof_of_absence(
    exchange: Exchange, raw: bytes | None
) -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: raw
        server.close_after_answer = True
        gateway = make_gateway(server.url)
        with pytest.raises(ExchangeUnavailable):
            await gateway.fetch_order(make_session(exchange), make_identity())
        await gateway.close()


async def test_an_answer_about_another_order_is_no_answer() -> None:
    row = {
        "orderId": 1, "clientOrderId": "other", "status": "NEW", "symbol": "BTCUSDT", "side": "BUY",
        "type": "LIMIT", "origQty": "1", "executedQty": "0", "updateTime": 1, "price": "1",
    }  # fmt: skip
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer(row)
        gateway = make_gateway(server.url)
        with pytest.raises(ExchangeUnavailable, match="another order"):
            await gateway.fetch_order(make_session(), make_identity())
        await gateway.close()


async def test_a_triggered_stop_tells_what_its_order_became() -> None:
    algo = {
        "algoId": 7, "clientAlgoId": CLIENT_ORDER_ID, "symbol": "BTCUSDT", "side": "SELL",
        "orderType": "STOP_MARKET", "algoStatus": "FINISHED", "quantity": "", "price": "0",
        "triggerPrice": "61000", "closePosition": True, "actualOrderId": "901", "updateTime": 5,
    }  # fmt: skip
    child = {
        "orderId": 901, "clientOrderId": "x", "status": "FILLED", "symbol": "BTCUSDT",
        "side": "SELL", "type": "MARKET", "origQty": "0.5", "executedQty": "0.5",
        "avgPrice": "60990.1", "updateTime": 9, "price": "0",
    }  # fmt: skip

    def script(seen: Seen) -> bytes:
        return json_answer(algo if "algoOrder" in seen.target else child)

    async with scripted_server() as server:
        server.script = script
        gateway = make_gateway(server.url)
        report = await gateway.fetch_order(make_session(), make_identity(is_conditional=True))
        await gateway.close()
    assert report is not None
    assert (report.state, report.filled_quantity) == (AttemptState.FILLED, Decimal("0.5"))
    assert (report.client_order_id, report.triggered_order_id) == (CLIENT_ORDER_ID, "901")
    assert (report.exchange_order_id, report.is_conditional) == ("7", False)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"code": -2015, "msg": "Invalid API-key"}, ExchangeRejected),
        (400, {"code": -1021, "msg": "Timestamp"}, ExchangeUnavailable),
        (429, {"code": -1003, "msg": "Too many requests"}, ExchangeUnavailable),
        (400, {"code": -1121, "msg": "Invalid symbol."}, ExchangeRejected),
    ],
)
async def test_reads_fail_with_a_type_and_a_code(
    status: int, body: dict[str, Any], error: type[Exception]
) -> None:
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer(body, status=status)
        gateway = make_gateway(server.url)
        with pytest.raises(error) as caught:
            await gateway.fetch_balance(make_session())
        await gateway.close()
    assert caught.value.code == str(body["code"])  # type: ignore[attr-defined]
    assert len(server.seen) == 1


async def test_requests_are_stamped_by_the_exchange_s_clock() -> None:
    clock = FrozenClock(NOW)
    ahead = NOW + timedelta(seconds=90)
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer({"serverTime": int(ahead.timestamp() * 1000)})
        gateway = make_gateway(server.url, clock=clock)
        assert gateway.timestamp_ms(Exchange.BINANCE, AccountMode.PAPER) == int(
            NOW.timestamp() * 1000
        )
        assert await gateway.server_time(Exchange.BINANCE, AccountMode.PAPER) == ahead
        await gateway.close()
    clock.advance(2.5)
    assert gateway.timestamp_ms(Exchange.BINANCE, AccountMode.PAPER) == int(
        ahead.timestamp() * 1000 + 2_500
    )


def income_server(server: ScriptedServer, rows: list[dict[str, Any]]) -> None:
    def script(seen: Seen) -> bytes:
        asked = params_of(seen)
        start, end = int(asked.get("startTime", 0)), int(asked.get("endTime", 2**53))
        inside = [row for row in rows if start <= row["time"] <= end]
        limit, page = int(asked["limit"]), int(asked.get("page", 1))
        return json_answer(inside[(page - 1) * limit : page * limit])

    server.script = script


@pytest.mark.parametrize(
    "moments",
    [
        [1, 2, 3, 4, 5, 6, 7],
        [1, 1, 1, 1, 1, 1, 1],
        [1, 2, 2, 2, 2, 2, 3],
        [1, 1, 1, 2, 2, 2, 3, 3, 3],
        [],
    ],
)
async def test_income_pages_have_no_gaps_and_no_doubles(moments: list[int]) -> None:
    rows = [
        {
            "symbol": "", "incomeType": "COMMISSION", "income": f"-{number}", "asset": "USDT",
            "info": "", "time": moment, "tranId": number, "tradeId": "",
        }
        for number, moment in enumerate(moments)
    ]  # fmt: skip
    got: list[str] = []
    cursor = ""
    async with scripted_server() as server:
        income_server(server, rows)
        gateway = make_gateway(server.url)
        session = make_session()
        for _ in range(20):
            page = await binance_income.fetch_ledger(
                gateway.caller, session, cursor=cursor, since=None, page_rows=3
            )
            got.extend(row.row_id for row in page.rows)
            cursor = page.next_cursor
            if page.complete:
                break
        else:
            pytest.fail("never complete")
        late = {**(rows[-1] if rows else {}), "tranId": 99, "income": "1", "asset": "USDT"}
        late |= {"incomeType": "FUNDING_FEE", "time": moments[-1] if moments else 1, "symbol": ""}
        rows.append(late)
        again = await binance_income.fetch_ledger(
            gateway.caller, session, cursor=cursor, since=None, page_rows=3
        )
        await gateway.close()
    assert got == [str(number) for number in range(len(moments))]
    assert [row.row_id for row in again.rows] == ["99"]


async def test_a_bar_that_still_forms_is_left_out() -> None:
    def bar(minute: int) -> list[Any]:
        opened = minute * 60_000
        return [opened, "1", "2", "0.5", "1.5", "10", opened + 59_999, "0", 1, "0", "0", "0"]

    async with scripted_server() as server:
        server.script = lambda _seen: json_answer([bar(1), bar(2), bar(3)])
        gateway = make_gateway(server.url)
        candles = await gateway.fetch_candles(
            Exchange.BINANCE,
            AccountMode.PAPER,
            "BTCUSDT",
            interval_minutes=1,
            since=datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
            limit=5,
        )
        await gateway.close()
    assert [candle.opened_at.minute for candle in candles] == [1, 2]
    assert candles[0].closed_at == candles[1].opened_at


async def test_many_orders_at_once_carry_their_own_ids_and_keys() -> None:
    async with scripted_server() as server:
        server.script = lambda seen: json_answer(
            {"orderId": 1, "clientOrderId": params_of(seen)["newClientOrderId"]}
        )
        gateway = make_gateway(server.url, http_timeout_s=30.0)
        sessions = [make_session(api_key=f"key-{number}") for number in range(300)]
        results = await asyncio.gather(
            *(
                gateway.submit(session, make_request(client_order_id=f"pt-{number}"))
                for number, session in enumerate(sessions)
            )
        )
        await gateway.close()
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert {seen.headers["x-mbx-apikey"] for seen in server.seen} == {
        f"key-{number}" for number in range(300)
    }
