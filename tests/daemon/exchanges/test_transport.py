"""A request goes out once, and a failure says whether it may have left, on both ways to send."""

from collections.abc import Callable

import pytest

from daemon.exchanges.raw_transport import RawTransport
from daemon.exchanges.transport import (
    AiohttpTransport,
    HttpRequest,
    NotSent,
    SentUnknown,
    Transport,
)
from tests.daemon.exchanges.scripted_server import Seen, answer, json_answer, scripted_server

Maker = Callable[..., Transport]


@pytest.fixture(params=[AiohttpTransport, RawTransport], ids=["aiohttp", "raw"])
def make_transport(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    return maker


async def test_a_refused_connection_is_not_sent(make_transport: Maker) -> None:
    async with scripted_server() as server:
        url = server.url
    transport = make_transport()
    try:
        with pytest.raises(NotSent):
            await transport.send(HttpRequest("POST", f"{url}/x", {}, "a=1"), timeout_s=2.0)
    finally:
        await transport.close()


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "GET"])
async def test_nothing_is_sent_again_on_a_kept_connection_that_closes(
    make_transport: Maker, method: str
) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        try:
            await transport.send(HttpRequest("GET", f"{server.url}/first", {}, None), timeout_s=2.0)
            server.script = lambda _seen: None
            with pytest.raises(SentUnknown):
                await transport.send(
                    HttpRequest(method, f"{server.url}/order", {}, None), timeout_s=2.0
                )
        finally:
            await transport.close()
        assert [seen.target for seen in server.seen] == ["/first", "/order"]


async def test_an_answer_cut_in_the_middle_is_unknown(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b'{"orderId"', length=500)
        server.close_after_answer = True
        with pytest.raises(SentUnknown):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0)
        await transport.close()


async def test_an_answer_reset_in_the_middle_is_unknown(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b'{"orderId"', length=500)
        server.reset_after_answer = True
        with pytest.raises(SentUnknown):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0)
        await transport.close()


async def test_a_body_that_never_ends_is_unknown_after_the_timeout(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b'{"orderId"', length=500)
        with pytest.raises(SentUnknown, match="Timeout"):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=0.2)
        await transport.close()


async def test_garbage_is_unknown(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: b"SSH-2.0-OpenSSH_9.6\r\n\r\n"
        with pytest.raises(SentUnknown):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0)
        await transport.close()


async def test_chunks_are_put_together(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n'
        )
        for _ in range(2):
            response = await transport.send(
                HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0
            )
            assert response.body == b'{"a":1}'
        await transport.close()
        assert server.connections == 1


async def test_an_answer_of_http_1_0_is_read_and_its_connection_left(
    make_transport: Maker,
) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        for _ in range(2):
            response = await transport.send(
                HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0
            )
            assert response.body == b"{}"
        await transport.close()
        assert server.connections == 2


async def test_a_kept_connection_found_closed_is_replaced(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.close_after_answer = True
        request = HttpRequest("DELETE", f"{server.url}/x", {}, None)
        await transport.send(request, timeout_s=2.0)
        # The end of the connection has reached us once a new connection's answer has.
        other = make_transport()
        await other.send(request, timeout_s=2.0)
        await other.close()
        response = await transport.send(request, timeout_s=2.0)
        await transport.close()
        assert response.status == 200
        assert server.connections == 3


async def test_headers_are_found_in_any_case(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer({}, headers="x-mbx-used-weight-1m: 7\r\n")
        response = await transport.send(
            HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0
        )
        await transport.close()
        assert response.headers.get("X-MBX-USED-WEIGHT-1M") == "7"


async def test_body_and_headers_arrive_as_they_are(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        body = '{"orderLinkId":"ptp1"}'
        headers = {"X-BAPI-SIGN": "ab12", "Content-Type": "application/json"}
        await transport.send(
            HttpRequest("POST", f"{server.url}/v5/order/create", headers, body), timeout_s=2.0
        )
        await transport.send(HttpRequest("POST", f"{server.url}/empty", {}, None), timeout_s=2.0)
        await transport.close()
        seen, empty = server.seen
        assert seen.body.decode() == body
        assert seen.headers["x-bapi-sign"] == "ab12"
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["host"] == server.url.removeprefix("http://")
        assert empty.headers["content-length"] == "0"


async def test_a_silent_server_is_unknown_after_the_timeout(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: b""
        with pytest.raises(SentUnknown, match="Timeout"):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=0.2)
        await transport.close()


async def test_a_redirect_is_not_followed(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(307, b"", headers="Location: /elsewhere\r\n")
        response = await transport.send(
            HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0
        )
        await transport.close()
        assert response.status == 307
        assert len(server.seen) == 1


async def test_an_endless_body_is_refused(make_transport: Maker) -> None:
    transport = make_transport(body_bytes_max=1_000)
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b"x" * 2_000)
        with pytest.raises(SentUnknown, match="2000 bytes"):
            await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()


async def test_the_signed_url_arrives_byte_for_byte(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        target = "/fapi/v1/order?symbol=BTCUSDT&ids=%5B1%2C2%5D&signature=ab%2B"
        await transport.send(HttpRequest("GET", server.url + target, {}, None), timeout_s=2.0)
        await transport.close()
        assert server.seen[0].target == target


async def test_accounts_leave_from_their_own_address(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer({})
        for address in (None, "127.0.0.7", "127.0.0.8"):
            await transport.send(
                HttpRequest("GET", f"{server.url}/x", {}, None),
                timeout_s=2.0,
                local_address=address,
            )
        await transport.close()
        assert [seen.peer for seen in server.seen] == ["127.0.0.1", "127.0.0.7", "127.0.0.8"]


async def test_connections_are_opened_ahead_and_used_again(make_transport: Maker) -> None:
    transport = make_transport()
    async with scripted_server() as server:
        await transport.prewarm(f"{server.url}/ping", connections=3, local_address=None)
        await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()
        assert 1 <= server.connections <= 3


async def test_cookies_and_proxies_of_the_environment_are_ignored(
    make_transport: Maker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    transport = make_transport()

    def with_cookie(_seen: Seen) -> bytes:
        return json_answer({}, headers="Set-Cookie: a=b\r\n")

    async with scripted_server() as server:
        server.script = with_cookie
        for _ in range(2):
            await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()
        assert "cookie" not in server.seen[1].headers
