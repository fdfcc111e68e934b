"""A listenKey is extended in time, and its death is noticed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from daemon.exchanges.binance_user_stream import EXTEND_EVERY_S, BinanceUserStream
from daemon.exchanges.stream_events import UserStreamHandlers
from daemon.exchanges.stream_link import StreamBroken
from patriot_app.core.clock import FrozenClock
from patriot_app.core.errors import ExchangeUnavailable
from tests.daemon.exchanges.builders import NOW, make_gateway, make_session
from tests.daemon.exchanges.scripted_server import ScriptedServer, json_answer, scripted_server


def _ignore(_account_id: UUID, *_rest: object) -> None:
    return None


HANDLERS = UserStreamHandlers(_ignore, _ignore, _ignore, _ignore)


@asynccontextmanager
async def opened(
    clock: FrozenClock,
) -> AsyncIterator[tuple[BinanceUserStream, ScriptedServer]]:
    async with scripted_server() as server:
        server.script = lambda _seen: json_answer({"listenKey": "abc"})
        gateway = make_gateway(server.url, clock=clock)
        stream = BinanceUserStream(make_session(api_key="the-key"), gateway.caller, HANDLERS)
        assert (await stream.open_url()).endswith("/private/ws?listenKey=abc")
        yield stream, server
        await gateway.close()


async def test_the_key_is_asked_for_without_a_signature() -> None:
    async with opened(FrozenClock(NOW)) as (_, server):
        asked = server.seen[0]
    assert asked.method == "POST"
    assert asked.headers["x-mbx-apikey"] == "the-key"
    assert b"signature" not in asked.body
    assert b"timestamp" not in asked.body


async def test_the_key_is_extended_every_twenty_minutes() -> None:
    clock = FrozenClock(NOW)
    async with opened(clock) as (stream, server):
        await stream.keep_alive()
        clock.advance(EXTEND_EVERY_S)
        await stream.keep_alive()
        await stream.keep_alive()
        assert [seen.method for seen in server.seen] == ["POST", "PUT"]


async def test_a_failed_extension_is_tried_again_soon() -> None:
    clock = FrozenClock(NOW)
    async with opened(clock) as (stream, server):
        server.script = lambda _seen: json_answer({"code": -1001, "msg": "?"}, status=500)
        clock.advance(EXTEND_EVERY_S)
        await stream.keep_alive()
        clock.advance(60.0)
        await stream.keep_alive()
        assert [seen.method for seen in server.seen] == ["POST", "PUT", "PUT"]


async def test_a_dead_key_breaks_the_stream() -> None:
    clock = FrozenClock(NOW)
    async with opened(clock) as (stream, server):
        server.script = lambda _seen: json_answer(
            {"code": -1125, "msg": "This listenKey does not exist."}, status=400
        )
        clock.advance(EXTEND_EVERY_S)
        with pytest.raises(StreamBroken):
            await stream.keep_alive()
        with pytest.raises(StreamBroken):
            await stream.on_message({"e": "listenKeyExpired", "listenKey": "abc"})


async def test_an_answer_without_a_key_is_no_key() -> None:
    async with opened(FrozenClock(NOW)) as (stream, server):
        server.script = lambda _seen: json_answer({})
        with pytest.raises(ExchangeUnavailable):
            await stream.open_url()
