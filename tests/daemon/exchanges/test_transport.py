"""A request goes out once, and a failure says whether it may have left."""

import pytest

from daemon.exchanges.transport import AiohttpTransport, HttpRequest, NotSent, SentUnknown
from tests.daemon.exchanges.scripted_server import Seen, answer, json_answer, scripted_server


async def test_a_refused_connection_is_not_sent() -> None:
    async with scripted_server() as server:
        url = server.url
    transport = AiohttpTransport()
    try:
        with pytest.raises(NotSent):
            await transport.send(HttpRequest("POST", f"{url}/x", {}, "a=1"), timeout_s=2.0)
    finally:
        await transport.close()


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "GET"])
async def test_nothing_is_sent_again_on_a_kept_connection_that_closes(method: str) -> None:
    transport = AiohttpTransport()
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


async def test_an_answer_cut_in_the_middle_is_unknown() -> None:
    transport = AiohttpTransport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b'{"orderId"', length=500)
        server.close_after_answer = True
        with pytest.raises(SentUnknown):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0)
        await transport.close()


async def test_a_silent_server_is_unknown_after_the_timeout() -> None:
    transport = AiohttpTransport()
    async with scripted_server() as server:
        server.script = lambda _seen: b""
        with pytest.raises(SentUnknown, match="Timeout"):
            await transport.send(HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=0.2)
        await transport.close()


async def test_a_redirect_is_not_followed() -> None:
    transport = AiohttpTransport()
    async with scripted_server() as server:
        server.script = lambda _seen: answer(307, b"", headers="Location: /elsewhere\r\n")
        response = await transport.send(
            HttpRequest("POST", f"{server.url}/x", {}, "a"), timeout_s=2.0
        )
        await transport.close()
        assert response.status == 307
        assert len(server.seen) == 1


async def test_an_endless_body_is_refused() -> None:
    transport = AiohttpTransport(body_bytes_max=1_000)
    async with scripted_server() as server:
        server.script = lambda _seen: answer(200, b"x" * 2_000)
        with pytest.raises(SentUnknown, match="2000 bytes"):
            await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()


async def test_the_signed_url_arrives_byte_for_byte() -> None:
    transport = AiohttpTransport()
    async with scripted_server() as server:
        target = "/fapi/v1/order?symbol=BTCUSDT&ids=%5B1%2C2%5D&signature=ab%2B"
        await transport.send(HttpRequest("GET", server.url + target, {}, None), timeout_s=2.0)
        await transport.close()
        assert server.seen[0].target == target


async def test_accounts_leave_from_their_own_address() -> None:
    transport = AiohttpTransport()
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


async def test_connections_are_opened_ahead_and_used_again() -> None:
    transport = AiohttpTransport()
    async with scripted_server() as server:
        await transport.prewarm(f"{server.url}/ping", connections=3, local_address=None)
        opened = server.connections
        await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()
        assert 1 <= opened <= 3
        assert server.connections == opened


async def test_cookies_and_proxies_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    transport = AiohttpTransport()

    def with_cookie(_seen: Seen) -> bytes:
        return json_answer({}, headers="Set-Cookie: a=b\r\n")

    async with scripted_server() as server:
        server.script = with_cookie
        for _ in range(2):
            await transport.send(HttpRequest("GET", f"{server.url}/x", {}, None), timeout_s=2.0)
        await transport.close()
        assert "cookie" not in server.seen[1].headers
