"""Overrides of limits: they stand in for a while, and end once, by themselves or by a person."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import LimitName, LimitScope, RiskLimit
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import limit_trials
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.services import risk
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, make_account

N = LimitName.POSITION_NOTIONAL


async def override(account_id: UUID, value: str = "90000", **lasting: Any) -> None:
    async with begin(OPERATOR) as uow:
        await risk.set_override(
            uow,
            **which(account_id),
            value=Decimal(value),
            expires_at=uow.now + timedelta(**(lasting or {"hours": 2})),
            reason="A large client moves in",
        )


def which(account_id: UUID) -> dict[str, Any]:
    return {"scope": LimitScope.ACCOUNT, "scope_id": account_id, "name": N}


async def counting(account_id: UUID) -> tuple[Decimal | None, str]:
    found = {one.name: one for one in await risk_queries.effective_limits(OPERATOR, account_id)}
    return found[N].value, found[N].origin


async def ends(account_id: UUID) -> list[str]:
    async with begin(OPERATOR) as uow:
        rows = await uow.session.execute(
            text(
                "SELECT payload ->> 'reason' FROM events WHERE type = 'LimitOverrideEnded'"
                " AND subject_id = :id ORDER BY sequence"
            ),
            {"id": account_id},
        )
        return list(rows.scalars())


async def test_an_override_alone_loosens_and_its_limit_stays_beside_it(as_web: str) -> None:
    account_id = await make_account()
    await override(account_id)
    assert await counting(account_id) == (Decimal(90_000), "override")
    async with begin(OPERATOR) as uow:
        await risk.set_limit(uow, **which(account_id), value=Decimal(100), reason="Careful")
    assert await counting(account_id) == (Decimal(90_000), "override")
    await override(account_id, "80000")
    assert await ends(account_id) == ["Replaced: A large client moves in"]
    async with begin(OPERATOR) as uow:
        await risk.end_override(uow, **which(account_id), reason="They moved in")
    assert await counting(account_id) == (Decimal(100), "account")
    with pytest.raises(Refused):
        async with begin(OPERATOR) as uow:
            await risk.end_override(uow, **which(account_id), reason="They moved in")


@pytest.mark.parametrize("lasting", [{"minutes": 4}, {"days": 8}])
async def test_an_override_lasts_minutes_to_a_week(as_web: str, lasting: dict[str, int]) -> None:
    with pytest.raises(Invalid) as told:
        await override(await make_account(), **lasting)
    assert "hours" in told.value.fields


async def test_a_limit_is_tried_before_it_is_set(as_web: str) -> None:
    wanted = RiskLimit(LimitScope.ACCOUNT, await make_account(), N, Decimal(10))
    found = await limit_trials.trial(OPERATOR, wanted)
    assert found.orders is not None
    assert (found.orders.orders, found.measured, found.breaching) == (0, 0, 0)
    assert (await counting(wanted.scope_id or UUID(int=0)))[1] == "default"


async def test_an_expired_override_is_closed_and_told_once(as_web: str) -> None:
    account_id = await make_account()
    await override(account_id, minutes=6)
    for _ in range(2):
        async with begin(SYSTEM) as uow:
            uow.now += timedelta(minutes=7)
            await risk.expire_overrides(uow)
    assert await ends(account_id) == ["It expired"]
    assert (await counting(account_id))[1] == "default"
