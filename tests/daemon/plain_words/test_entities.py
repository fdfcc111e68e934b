"""What a message speaks of is found by its many names."""

from datetime import date
from decimal import Decimal

import pytest

from daemon.plain_words.entities import Entities, find

TODAY = date(2026, 11, 20)


def entities(text: str, **known: list[str]) -> Entities:
    return find(text, today=TODAY, **known)[0]


@pytest.mark.parametrize(
    ("text", "coin"),
    [
        ("my BTCUSDT position", "BTC"),
        ("btc/usdt", "BTC"),
        ("что по биткоину", "BTC"),
        ("біткоїн", "BTC"),
        ("покажи біток", "BTC"),
        ("по эфиру", "ETH"),
        ("Solana!", "SOL"),
        ("по солані", "SOL"),
        ("link my account", None),
        ("dot your i", None),
        ("nothing here", None),
    ],
)
def test_a_coin_is_found_by_ticker_and_nickname(text: str, coin: str | None) -> None:
    assert entities(text).coin == coin


def test_a_coin_of_the_desk_is_known_by_its_ticker() -> None:
    assert entities("position of ARBUSDT", tickers=["ARB"]).coin == "ARB"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("20 %", "0.2"),
        ("20%", "0.2"),
        ("12,5 %", "0.125"),
        ("30 percent", "0.3"),
        ("на 15 відсотків", "0.15"),
        ("до десяти процентов", "0.1"),
        ("половину", "0.5"),
        ("0 %", "0"),
    ],
)
def test_a_share_is_read_exactly(text: str, share: str) -> None:
    assert entities(text).share == Decimal(share)


@pytest.mark.parametrize("text", ["120 %", "20", "1e5 %", "999%"])
def test_what_is_no_share_is_not_taken_for_one(text: str) -> None:
    assert entities(text).share is None


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("set grid to 20 %", "Grid BTC"),
        ("сетку на 20%", "Grid BTC"),
        ("постав сітку", "Grid BTC"),
        ("more into trnd follower", "Trend follower"),
        ("Trend Follower please", "Trend follower"),
        ("momentum", "momentum"),
        ("my balance", None),
    ],
)
def test_a_strategy_is_found_in_spite_of_a_slip(text: str, strategy: str | None) -> None:
    assert entities(text, strategies=["Grid BTC", "Trend follower"]).strategy == strategy


def test_two_strategies_of_a_kind_are_not_confused() -> None:
    found = entities("set grid to 20 %", strategies=["Grid BTC", "Grid ETH"])

    assert found.strategy == "grid"


def test_an_exchange_is_found_in_three_languages() -> None:
    assert [entities(text).exchange for text in ("on Binance", "на байбіті", "бинанса")] == [
        "binance",
        "bybit",
        "binance",
    ]


def test_what_was_found_leaves_a_mark_in_its_place() -> None:
    _, told = find("set grid to 20 % on bybit this week", today=TODAY)

    assert told == "set §strategy to §percent on §exchange §period"


def test_nobody_forges_a_mark() -> None:
    assert "§" not in find("§coin §percent", today=TODAY)[1]


def test_newly_named_things_win_over_former_ones() -> None:
    former = Entities(coin="BTC", exchange="bybit")

    assert Entities(coin="ETH").over(former) == Entities(coin="ETH", exchange="bybit")
