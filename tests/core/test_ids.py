"""Client order ids: derived, of a form that both exchanges take, and proof of who made them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.ids import CLIENT_ORDER_ID_LENGTH_MAX, client_order_id, is_ours, new_id

KEY = b"k" * 32
ACCOUNT, INTENT = UUID(int=1), UUID(int=2)


def make_id(
    key: bytes = KEY,
    *,
    environment: str = "p",
    exchange: str = "binance",
    account_id: UUID = ACCOUNT,
    intent_id: UUID = INTENT,
    attempt: int = 1,
) -> str:
    return client_order_id(
        key,
        environment=environment,
        exchange=exchange,
        account_id=account_id,
        intent_id=intent_id,
        attempt=attempt,
    )


def is_known(name: str, *, exchange: str = "binance", account_id: UUID = ACCOUNT) -> bool:
    return is_ours(KEY, name, exchange=exchange, account_id=account_id)


@given(
    exchange=st.sampled_from(["binance", "bybit"]),
    environment=st.sampled_from("ltdp"),
    account_id=st.uuids(),
    intent_id=st.uuids(),
    attempt=st.integers(1, 36 * 36 - 1),
)
def test_what_we_made_is_ours_on_its_account_alone(
    exchange: str, environment: str, account_id: UUID, intent_id: UUID, attempt: int
) -> None:
    name = make_id(
        environment=environment,
        exchange=exchange,
        account_id=account_id,
        intent_id=intent_id,
        attempt=attempt,
    )
    assert len(name) <= CLIENT_ORDER_ID_LENGTH_MAX
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert is_known(name, exchange=exchange, account_id=account_id)
    assert not is_known(name, exchange=exchange, account_id=UUID(int=account_id.int ^ 1))
    assert not is_known(
        name, exchange="bybit" if exchange == "binance" else "binance", account_id=account_id
    )
    assert not is_ours(b"x" * 32, name, exchange=exchange, account_id=account_id)


@given(st.from_regex(r"pt[ltdp][a-z2-7]{24}-[1-9a-z]", fullmatch=True))
def test_an_id_of_our_form_that_we_did_not_make_is_not_ours(name: str) -> None:
    assert not is_known(name)


def test_no_character_of_an_id_may_change() -> None:
    name = make_id()
    for at, letter in enumerate(name):
        changed = name[:at] + ("b" if letter != "b" else "c") + name[at + 1 :]
        assert not is_known(changed), changed


def test_the_same_order_always_has_the_same_id_and_another_has_another() -> None:
    assert make_id() == make_id()
    others = {
        make_id(attempt=2),
        make_id(intent_id=UUID(int=3)),
        make_id(account_id=UUID(int=3)),
        make_id(exchange="bybit"),
        make_id(b"x" * 32),
    }
    assert len(others | {make_id()}) == 6


@pytest.mark.parametrize(
    "name", ["", "web_abc", "pt", "ptp-1", "autoclose-123", "x" * 40, "ptp" + "1" * 24 + "-1"]
)
def test_what_has_another_form_is_not_ours(name: str) -> None:
    assert not is_known(name)


def test_ids_sort_as_they_were_made_even_within_a_millisecond() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_tells_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after + 5


def test_ids_of_several_threads_never_share_a_place() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: [new_id().int >> 64 for _ in range(5_000)], range(4)))
    assert len(set(chain.from_iterable(made))) == 20_000
