"""A half sentence goes on from the last question of its own chat, for a while."""

from datetime import date

import pytest

from daemon.plain_words.conversation import LASTS_S, Conversations
from daemon.plain_words.intents import Intent
from daemon.plain_words.recogniser import Understanding, understand

TODAY = date(2026, 11, 20)


def say(to: Conversations, text: str, *, chat: int = 1, now_s: float = 0.0) -> Understanding:
    return to.follow(chat, understand(text, today=TODAY), now_s=now_s)


@pytest.mark.parametrize(
    ("first", "then", "intent"),
    [
        ("how am I doing this week", "and last month?", Intent.PERFORMANCE),
        ("my trades today", "and yesterday?", Intent.TRADES),
        ("як у мене справи за тиждень", "а за місяць?", Intent.PERFORMANCE),
        ("мои сделки за неделю", "а за месяц", Intent.TRADES),
    ],
)
def test_another_period_asks_the_same_again(first: str, then: str, intent: Intent) -> None:
    chats = Conversations()
    before = say(chats, first)

    after = say(chats, then)

    assert (before.intent, after.intent) == (intent, intent)
    assert after.entities.period is not None
    assert after.entities.period != before.entities.period


def test_another_coin_keeps_the_period() -> None:
    chats = Conversations()
    say(chats, "trades of BTC yesterday")

    after = say(chats, "and ETH?")

    assert after.intent is Intent.TRADES
    assert after.entities.coin == "ETH"
    assert after.entities.period is not None


def test_another_chat_and_a_long_pause_know_nothing_of_it() -> None:
    chats = Conversations()
    say(chats, "trades of BTC yesterday")

    elsewhere = say(chats, "and ETH?", chat=2)
    later = say(chats, "and ETH?", now_s=LASTS_S + 1)

    assert elsewhere.intent is not Intent.TRADES
    assert later.intent is not Intent.TRADES


def test_a_half_sentence_never_repeats_an_act() -> None:
    chats = Conversations()
    say(chats, "trades of BTC yesterday")
    say(chats, "set grid to 20 %")

    after = say(chats, "and 30 %?")

    assert after.intent is not Intent.TRADES


def test_a_whole_sentence_begins_anew() -> None:
    chats = Conversations()
    say(chats, "trades of BTC yesterday")

    after = say(chats, "show my open positions")

    assert after.intent is Intent.POSITIONS
    assert after.entities.is_empty
