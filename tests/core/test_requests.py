"""Requests: who may name one, and how far the name goes."""

import asyncio

import pytest

from patriot_app.core import requests


@pytest.mark.parametrize("given", ["order-7f3a9c21", "01J9ZV.retry_2", "x" * 60])
def test_a_callers_own_id_is_kept_and_marked_as_his(given: str) -> None:
    assert requests.begin(given=given).id == f"ext:{given}"
    assert len(requests.begin(given=given).id) <= 64


@pytest.mark.parametrize(
    "given",
    ["", "short", "x" * 61, "two words here", "line\nbreak-forged", "req:0123456789", "-12345678"],
)
def test_an_id_of_another_form_is_replaced_by_a_new_one(given: str) -> None:
    first, second = requests.begin(given=given), requests.begin(given=given)
    assert first.id.startswith("req-")
    assert first.id != second.id


async def test_a_request_ends_with_its_task() -> None:
    async def act() -> str:
        return requests.begin(ip="203.0.113.7").id

    before = requests.current()
    ids = await asyncio.gather(asyncio.create_task(act()), asyncio.create_task(act()))
    assert ids[0] != ids[1]
    assert requests.current() == before


async def test_what_an_act_starts_belongs_to_it() -> None:
    request = requests.begin(ip="203.0.113.7")

    async def later() -> requests.Request | None:
        return requests.current()

    assert await asyncio.create_task(later()) == request
    requests.resume("command:1")
    assert await asyncio.create_task(later()) == requests.Request("command:1")
