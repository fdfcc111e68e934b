"""The record as people search it, read from PostgreSQL."""

from uuid import UUID, uuid4

import pytest

from patriot_app.core import requests
from patriot_app.core.domain.events import (
    AccountParked,
    AccountUnparked,
    InstrumentSwitched,
    PositionUnprotected,
    SignInFailed,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import events
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR

pytestmark = pytest.mark.usefixtures("as_web")


async def happened(account_id: UUID) -> requests.Request:
    """Park an account, refuse somebody the door and unpark it; return the last request."""
    requests.begin(ip="203.0.113.7")
    async with begin(OPERATOR) as uow:
        uow.record(AccountParked(account_id=account_id, reason="Nothing is clear"))
    requests.begin(ip="198.51.100.9")
    async with begin(OPERATOR) as uow:
        uow.record(SignInFailed(email="eve@example.com", ip="198.51.100.9", reason="password"))
    request = requests.begin(ip="203.0.113.7")
    async with begin(OPERATOR) as uow:
        uow.record(AccountUnparked(account_id=account_id, reason="All is clear"))
        uow.record(AccountParked(account_id=account_id, reason="Not at all"))
    return request


async def kinds(**filters: str) -> list[str]:
    page = await events.page(OPERATOR, PageRequest(filters=filters))
    return [item.type for item in page.items]


async def test_the_record_is_narrowed_by_what_it_tells() -> None:
    account_id = uuid4()
    await happened(account_id)
    own = {"subject_id": str(account_id)}
    assert sorted(await kinds(**own)) == ["AccountParked", "AccountParked", "AccountUnparked"]
    assert await kinds(**own, severity="info") == ["AccountUnparked"]
    assert await kinds(**own, area="people") == []
    assert len(await kinds(**own, area="accounts")) == 3
    assert await kinds(refused="yes", since="hour") == ["SignInFailed"]
    assert "SignInFailed" not in await kinds(refused="no")
    assert await kinds(**own, **{"from": "2999-01-01"}) == []
    assert await kinds(**own, to="2000-01-01") == []


async def test_what_has_no_id_is_found_by_what_it_is_called() -> None:
    account_id, symbol = uuid4(), f"X{uuid4().hex[:8].upper()}"
    async with begin(OPERATOR) as uow:
        for name in (symbol, "OTHER"):
            for exchange in ("binance", "bybit"):
                uow.record(
                    InstrumentSwitched(
                        exchange=exchange, symbol=name, is_enabled=False, reason="Thin book"
                    )
                )
            uow.record(PositionUnprotected(account_id=account_id, symbol=name, seconds=5))
    switched = await events.of_kinds(
        OPERATOR, "InstrumentSwitched", exchange="bybit", symbol=symbol
    )
    assert [one.payload["symbol"] for one in switched] == [symbol]
    held = await events.of_symbol(OPERATOR, account_id, symbol)
    assert [(one.type, one.payload["symbol"]) for one in held] == [("PositionUnprotected", symbol)]


async def test_all_that_a_request_caused_is_found_by_its_id() -> None:
    account_id = uuid4()
    request = await happened(account_id)
    found = await events.of_request(OPERATOR, request.id)
    assert [item.type for item in found] == ["AccountUnparked", "AccountParked"]
    assert {(item.ip, item.request) for item in found} == {("203.0.113.7", request.id)}
    by_search = await events.page(OPERATOR, PageRequest(search=request.id))
    assert by_search.total == 2
    assert await events.of_request(OPERATOR, "") == ()


async def test_attempts_from_an_address_are_found_by_it() -> None:
    await happened(uuid4())
    page = await events.page(OPERATOR, PageRequest(search="198.51.100.9"))
    assert {item.type for item in page.items} == {"SignInFailed"}


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "'; DROP TABLE events"])
async def test_what_is_no_day_is_refused_by_name(day: str) -> None:
    with pytest.raises(Invalid) as caught:
        await kinds(**{"from": day})
    assert caught.value.fields == {"from": "must be a day such as 2026-05-04"}
