"""What people write is understood in three languages, or honestly not."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.plain_words.classifier import learn
from daemon.plain_words.entities import find
from daemon.plain_words.intents import DESK, Intent
from daemon.plain_words.recogniser import LANGUAGES, examples, understand

TODAY = date(2026, 11, 20)
HELD_OUT = Path(__file__).with_name("held_out")
FLOOR = 0.90


def held_out(language: str) -> list[tuple[Intent, str]]:
    """Return the sentences that nothing was built from."""
    lines = (HELD_OUT / f"{language}.tsv").read_text("utf-8").splitlines()
    split = [line.split("\t") for line in lines]
    return [(Intent(label), sentence) for label, sentence in split]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_sentences_it_never_saw_are_understood(language: str) -> None:
    sentences = held_out(language)

    right = [
        understand(sentence, today=TODAY, is_staff=True).intent is intent
        for intent, sentence in sentences
    ]

    assert len(sentences) >= 100
    assert sum(right) / len(right) >= FLOOR


def test_nothing_was_learnt_from_a_sentence_that_is_held_out() -> None:
    learnt = {told for _, told in examples()}
    unseen = {
        find(sentence, today=TODAY)[1]
        for language in LANGUAGES
        for _, sentence in held_out(language)
    }

    assert not unseen & learnt


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_meaning_has_sentences_in_every_language(language: str) -> None:
    assert {intent for intent, _ in held_out(language)} == set(Intent)


def test_what_is_learnt_is_the_same_each_time() -> None:
    some = examples()[::20]

    assert learn(some).scores("show my portfolio") == learn(some).scores("show my portfolio")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("How am I performing this week?", Intent.PERFORMANCE),
        ("Show me my BTCUSDT position", Intent.POSITIONS),
        ("why was nothing bought today?", Intent.WHY_NO_TRADE),
        ("Чому сьогодні нічого не купили", Intent.WHY_NO_TRADE),
        ("почему сегодня ничего не купили", Intent.WHY_NO_TRADE),
        ("pause my account", Intent.PAUSE),
        ("постав сітку на 20 %", Intent.CHANGE_ALLOCATION),
        ("позовите человека", Intent.PERSON),
    ],
)
def test_the_questions_that_were_promised_are_understood(text: str, intent: Intent) -> None:
    assert understand(text, today=TODAY).intent is intent


def test_a_request_to_act_names_the_share_and_the_strategy() -> None:
    found = understand("set grid to 20 %", today=TODAY, strategies=["Grid BTC", "Trend"])

    assert found.intent is Intent.CHANGE_ALLOCATION
    assert (found.entities.strategy, found.entities.share) == ("Grid BTC", Decimal("0.2"))


@pytest.mark.parametrize("text", ["", "   ", "???", "🙂🙂", "qqzx wvvk jjpl", "9" * 3000])
def test_what_says_nothing_is_not_understood(text: str) -> None:
    found = understand(text, today=TODAY)

    assert found.intent is Intent.NONE


def test_what_only_the_desk_means_is_never_guessed_for_a_customer() -> None:
    for text in ("halt everything", "закрий усі позиції", "status of the desk", "список клиентов"):
        found = understand(text, today=TODAY)

        assert found.intent not in DESK
        assert not DESK & set(found.guesses)


def test_an_unclear_message_gets_guesses_to_choose_from() -> None:
    found = understand("the invoice and also a chart thing", today=TODAY)

    assert found.intent is Intent.NONE or found.confidence >= 0.3
    assert 0 < len(found.guesses) <= 3


def test_the_answer_is_in_the_language_of_the_question() -> None:
    told = {
        text: understand(text, today=TODAY, language="ru").language
        for text in ("my balance", "покажи мої позиції", "покажи мои счета", "BTC?", "баланс")
    }

    assert list(told.values()) == ["en", "uk", "ru", "en", "ru"]
