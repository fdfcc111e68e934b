"""What must not stay in a chat, and what is only talk."""

import hashlib
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.chat_secrets import looks_like_a_secret

LETTERS = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    "text",
    [
        "my password is hunter2",
        "Password: correct-horse",
        "пароль: qwerty123",
        "api key = 8Jh2kLm9QwErTyUi",
        "7000000001:" + "AAH3k9-xyzXY" * 3,
        "-----BEGIN " + "PRIVATE KEY-----",
        hashlib.sha256(b"a key").hexdigest(),
        "123456",
        "Tr0ub4dor&3xyz",
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        f"here it is: {'vmPUZE6mv9SD5VNH' * 4} thanks",
    ],
)
def test_a_secret_is_recognised(text: str) -> None:
    assert looks_like_a_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/start",
        "Good day",
        "How am I performing this week?",
        "Show me my BTCUSDT position",
        "why was nothing bought today?",
        "Котра година?",
        "I forgot my password, what shall I do now?",
        "https://desk.example/portfolio",
        "My ticket is 0198a6f0-1c2d-7e3f-8a9b-0c1d2e3f4a5b",
        "Donaudampfschifffahrtsgesellschaft",
        "100000000000000000000",
        "please set the limit to 20 % from tomorrow and tell me when it is done",
    ],
)
def test_talk_is_left_alone(text: str) -> None:
    assert not looks_like_a_secret(text)


@pytest.mark.parametrize("length", [18, 36, 64])
def test_keys_of_the_exchanges_lengths_are_recognised(length: int) -> None:
    chance = random.Random(length)
    missed = sum(
        not looks_like_a_secret("".join(chance.choices(LETTERS, k=length))) for _ in range(500)
    )
    assert missed <= 5


@given(st.text(max_size=5_000))
def test_any_text_is_judged(text: str) -> None:
    assert looks_like_a_secret(text) in {True, False}
