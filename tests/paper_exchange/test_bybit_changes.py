"""Books and tickers on Bybit's public stream: a snapshot, then what changed."""

from typing import Any

from aiohttp import ClientWebSocketResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.bybit.changes import BookChanges, TickerChanges
from tests.paper_exchange.bybit_desk import Client, running_client
from tests.paper_exchange.test_bybit_stream import PUBLIC, next_where, subscribe

LEVELS = st.dictionaries(st.integers(1, 9).map(str), st.integers(1, 3).map(str), max_size=6).map(
    lambda levels: [list(level) for level in levels.items()]
)
BOOKS = st.builds(lambda b, a: {"s": "X", "b": b, "a": a, "seq": 1}, LEVELS, LEVELS)


def follow(book: dict[str, dict[str, str]], kind: str, data: dict[str, Any]) -> None:
    """Keep a book as a client does."""
    for side in ("b", "a"):
        if kind == "snapshot":
            book[side] = {}
        for price, quantity in data[side]:
            if quantity == "0":
                del book[side][price]
            else:
                book[side][price] = quantity


@settings(deadline=None)
@given(st.lists(BOOKS, min_size=1, max_size=8), st.integers(0, 7))
def test_a_client_that_joins_at_any_time_has_the_book(
    books: list[dict[str, Any]], joins: int
) -> None:
    changes = BookChanges(always_whole=False)
    early: dict[str, dict[str, str]] = {}
    late: dict[str, dict[str, str]] = {}
    follow(early, "snapshot", changes.snapshot(books[0], is_first=True))
    for number, book in enumerate(books):
        change = changes.change(book)
        if change is not None:
            follow(early, *change)
            if late:
                follow(late, *change)
        if number == joins % len(books):
            follow(late, "snapshot", changes.snapshot({"s": "X", "seq": 2}, is_first=False))
    assert early == late == {side: dict(books[-1][side]) for side in ("b", "a")}


def test_a_ticker_delta_holds_what_changed_and_the_symbol() -> None:
    changes = TickerChanges()
    row = {"symbol": "X", "lastPrice": "1", "volume24h": "2"}
    assert changes.snapshot(row, is_first=True) == row
    assert changes.change(row) is None
    assert changes.change(row | {"lastPrice": "3"}) == ("delta", {"symbol": "X", "lastPrice": "3"})
    assert changes.snapshot(row, is_first=False)["lastPrice"] == "3"


async def moved(client: Client, socket: ClientWebSocketResponse, price: str) -> dict[str, Any]:
    client.desk.clockwork.pass_time(1)
    client.desk.move(price)
    return await next_where(socket, lambda frame: "topic" in frame)


async def test_a_book_is_told_as_deltas_with_growing_numbers() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "orderbook.50.BTCUSDT")
        first = await socket.receive_json(timeout=30)
        assert first["type"] == "snapshot"
        second = await moved(client, socket, "100050")
        assert second["type"] == "delta"
        assert second["data"]["u"] == first["data"]["u"] + 1
        assert second["data"]["seq"] > first["data"]["seq"]
        book: dict[str, dict[str, str]] = {}
        follow(book, "snapshot", first["data"])
        follow(book, "delta", second["data"])
        present = await client.result(
            "/v5/market/orderbook", category="linear", symbol="BTCUSDT", limit="50"
        )
        assert {side: dict(present[side]) for side in ("b", "a")} == book
        assert second["data"]["seq"] == present["seq"]


async def test_the_best_level_is_always_told_whole() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "orderbook.1.BTCUSDT")
        await socket.receive_json(timeout=30)
        frame = await moved(client, socket, "100050")
        assert frame["type"] == "snapshot"
        assert [len(frame["data"][side]) for side in ("b", "a")] == [1, 1]


async def test_a_ticker_is_told_as_deltas() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "tickers.BTCUSDT")
        first = await socket.receive_json(timeout=30)
        assert first["type"] == "snapshot"
        assert first["data"]["fundingRate"] == "0.0001"
        frame = await moved(client, socket, "100050")
        assert (frame["type"], frame["data"]["lastPrice"]) == ("delta", "100050.00")
        assert "fundingRate" not in frame["data"]


async def test_a_liquidation_is_told_with_the_side_of_the_position() -> None:
    async with running_client(balance="1100") as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "allLiquidation.BTCUSDT", "liquidation.BTCUSDT")
        await client.placed(qty="0.1")
        client.desk.move("80000")
        client.desk.pass_time(60)
        frame = await next_where(socket, lambda f: f["topic"] == "allLiquidation.BTCUSDT")
        (row,) = frame["data"]
        assert (row["s"], row["S"], row["v"]) == ("BTCUSDT", "Buy", "0.1")
        frame = await next_where(socket, lambda f: f["topic"] == "liquidation.BTCUSDT")
        assert frame["data"]["size"] == "0.1"


async def test_price_limits_are_told() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "priceLimit.BTCUSDT")
        frame = await socket.receive_json(timeout=30)
        answer = await client.result("/v5/market/price-limit", symbol="BTCUSDT")
        assert frame["data"] == {key: answer[key] for key in ("symbol", "buyLmt", "sellLmt")}
