"""What Reflex is told of a browser's cookies finds its session and opens none."""

import pytest
from starlette.types import Receive, Scope, Send

from patriot_app.api.handshakes import HashedCookies
from patriot_app.core.domain import session_cookies
from patriot_app.core.queries.sessions import hash_token
from tests.factories.keys import Keys

TOKEN = "a-session-token"


async def told(path: str, *headers: tuple[bytes, bytes], kind: str = "websocket") -> list[bytes]:
    """Return the cookies that arrive behind the middleware."""
    seen: list[tuple[bytes, bytes]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])

    scope: Scope = {"type": kind, "path": path, "headers": list(headers)}
    await HashedCookies(app)(scope, None, None)  # type: ignore[arg-type]
    assert (b"origin", b"https://desk.example") in seen or not headers
    return [value for name, value in seen if name == b"cookie"]


ORIGIN = (b"origin", b"https://desk.example")


@pytest.mark.parametrize("kind", ["websocket", "http"])
async def test_a_handshake_carries_the_hash_in_place_of_the_token(keys: Keys, kind: str) -> None:
    sent = f"{session_cookies.NAME}={TOKEN}; theme=dark".encode()
    [cookie] = await told("/_event/", ORIGIN, (b"cookie", sent), kind=kind)
    assert TOKEN.encode() not in cookie
    assert session_cookies.token_of(cookie.decode()) == hash_token(TOKEN).hex()


async def test_a_hash_that_is_sent_as_a_token_is_hashed_again(keys: Keys) -> None:
    stolen = hash_token(TOKEN).hex()
    sent = f"{session_cookies.NAME}={stolen}".encode()
    [cookie] = await told("/_event/", ORIGIN, (b"cookie", sent))
    assert session_cookies.token_of(cookie.decode()) == hash_token(stolen).hex() != stolen


async def test_without_a_session_no_cookie_arrives_at_all(keys: Keys) -> None:
    assert await told("/_event/", ORIGIN, (b"cookie", b"theme=dark")) == []
    assert await told("/_event/") == []


async def test_our_own_routes_get_the_cookie_as_it_is(keys: Keys) -> None:
    sent = f"{session_cookies.NAME}={TOKEN}".encode()
    assert await told("/api/session/end", ORIGIN, (b"cookie", sent), kind="http") == [sent]
