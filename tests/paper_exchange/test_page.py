"""The page for people, its listing, and who may use it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.ws_methods import METHODS
from daemon.paper_exchange.control.guard import is_loopback
from tests.paper_exchange.fault_desk import FaultDesk, running_fault_desk


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


async def get(desk: FaultDesk, path: str, **headers: str) -> tuple[int, str]:
    async with desk.session.get(f"{desk.paper.url}{path}", headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_page_shows_what_the_exchange_holds(desk: FaultDesk) -> None:
    await desk.paper.create_account("binance", "k/<b>&", label="<script>alert(1)</script>")
    await desk.place("binance", "mine-1")
    await desk.rest("bybit", "mine-2")
    await desk.plan("timeout", client_id='"><img src=x>')
    await desk.plan("clock_skew", exchange="bybit", skew_ms=1500)
    status, page = await get(desk, "/")
    assert status == 200
    for shown in ("BTCUSDT", "10,000.00", "long", "buy 0.01 limit", "timeout", "1500 ms", "paused"):
        assert shown in page, shown
    for hostile in ("<script>alert", "<img src", "<b>&"):
        assert hostile not in page
    assert "/_paper/truth/binance/k%2F%3Cb%3E%26" in page
    assert "secret-1" not in page
    parts = await desk.paper.control("GET", "/page/parts")
    assert set(re.findall(r'data-part="(\w+)"', page)) == set(parts)


async def test_long_tables_say_how_much_there_is(desk: FaultDesk) -> None:
    for number in range(55):
        await desk.paper.create_account("binance", f"key-{number}")
        await desk.rest("binance", f"mine-{number}")
    parts = await desk.paper.control("GET", "/page/parts")
    assert "50 of 56 are shown." in parts["accounts"]
    assert "50 of 55 are shown." in parts["orders"]
    assert parts["orders"].count("<tr>") == 51


async def test_the_page_needs_nothing_from_elsewhere(desk: FaultDesk) -> None:
    for path in ("/", "/_paper/api?format=html", "/_paper/page.css", "/_paper/page.js"):
        async with desk.session.get(
            f"{desk.paper.url}{path}", headers={"Accept": "text/html"}
        ) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
        assert "url(" not in text
        assert " style=" not in text, "the policy forbids it"
        assert not re.search(r"\son[a-z]+=", text), "the policy forbids it"


async def test_the_listing_has_every_line_of_the_routing_tables(desk: FaultDesk) -> None:
    listing = await desk.paper.control("GET", "/api")
    served = {(row["exchange"], row["method"], row["path"]) for row in listing["served"]}
    for endpoint in ENDPOINTS:
        assert ("binance", endpoint.method, endpoint.path) in served
    for name in METHODS:
        assert ("binance", "WS", f"/ws-fapi/v1 {name}") in served
    assert ("bybit", "POST", "/v5/order/create") in served
    assert ("bybit", "GET", "/v5/trade") in served
    assert ("control", "POST", "/_paper/faults") in served
    assert all(row["summary"] for row in listing["served"])
    assert {kind["kind"] for kind in listing["faults"]} >= {"drop_after", "swarm"}
    assert all(kind["meaning"] for kind in listing["faults"])


STRANGERS: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:80"},
)


@pytest.mark.parametrize("headers", STRANGERS)
async def test_a_page_of_another_site_controls_nothing(
    desk: FaultDesk, headers: dict[str, str]
) -> None:
    url = f"{desk.paper.url}/_paper/faults"
    async with desk.session.post(url, data=b'{"kind":"timeout"}', headers=headers) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"]
    assert (await desk.paper.control("GET", "/faults"))["planned"] == []
    if "Host" in headers:
        assert (await get(desk, "/", **headers))[0] == 403
        assert (await get(desk, "/_paper/accounts", **headers))[0] == 403


async def test_our_own_page_and_tools_control(desk: FaultDesk) -> None:
    own: tuple[dict[str, str], ...] = (
        {"Origin": desk.paper.url, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    )
    for headers in own:
        url = f"{desk.paper.url}/_paper/faults"
        async with desk.session.post(url, data=b'{"kind":"timeout"}', headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("1270.0.0.1", False),
        ("", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_this_machine_is_this_machine(name: str, expected: bool) -> None:
    assert is_loopback(name) is expected


async def test_a_missing_control_path_says_where_to_look(desk: FaultDesk) -> None:
    status, text = await get(desk, "/_paper/nothing")
    assert status == 404
    assert "/_paper/api" in text
    answers: list[Any] = [(await get(desk, path))[0] for path in ("/nothing", "/favicon.ico")]
    assert answers == [404, 404]
