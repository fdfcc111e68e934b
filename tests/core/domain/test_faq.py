"""Every question that many ask has an answer in every language, and the bot recognises it."""

import pytest

from daemon.plain_words.intents import Intent
from patriot_app.core.domain import faq


def test_what_the_bot_recognises_as_a_faq_has_an_answer_and_no_answer_is_out_of_reach() -> None:
    meant = {intent.value.removeprefix("faq_") for intent in Intent if intent.is_faq}

    assert meant == set(faq.topics())


@pytest.mark.parametrize("topic", faq.topics())
def test_an_answer_is_said_in_each_language_and_fits_into_a_chat(topic: str) -> None:
    told = [faq.answer(topic, language) for language in faq.LANGUAGES]

    texts = [one.text for one in told if one is not None]
    assert len(set(texts)) == len(faq.LANGUAGES)
    assert all(20 < len(text) < 1_000 for text in texts)
    assert all(one is not None and len(one.title) <= 60 for one in told)


def test_an_unknown_language_is_answered_in_english_and_an_unknown_topic_not_at_all() -> None:
    assert faq.answer("fee", "de") == faq.answer("fee", "en")
    assert faq.answer("weather", "en") is None
