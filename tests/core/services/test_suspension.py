"""What a client's standing does to his accounts, and what his accounts' own states do."""

from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import events as event_queries
from patriot_app.core.services import accounts, risk_profiles, users
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, customer, make_account, make_client


async def state_of(account_id: UUID) -> tuple[str, str]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT status, status_reason FROM accounts WHERE id = :id"), {"id": account_id}
        )
        row = found.one()
        return row.status, row.status_reason


async def test_accounts_are_suspended_with_their_client_and_come_back_with_him(
    as_web: str,
) -> None:
    client_id = await make_client()
    trading, held_back = await make_account(client_id), await make_account(client_id)
    async with begin(OPERATOR) as uow:
        await accounts.suspend(uow, held_back, reason="Checked by the desk")
    async with begin(OPERATOR) as uow:
        await users.suspend(uow, client_id, reason="Papers have expired")
    assert await state_of(trading) == (
        "suspended",
        "The client is suspended: Papers have expired",
    )
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="not active"):
            await accounts.activate(uow, trading, reason="Go on")
    async with begin(OPERATOR) as uow:
        await users.reactivate(uow, client_id, reason="Papers are there")
    assert (await state_of(trading))[0] == "active"
    assert await state_of(held_back) == ("suspended", "Checked by the desk")
    told = [event.payload for event in await event_queries.timeline(OPERATOR, trading)]
    assert [one.get("status") for one in told[:2]] == ["active", "suspended"]


async def test_an_account_of_a_client_who_waits_trades_once_he_is_approved(as_web: str) -> None:
    client_id = await make_client(approved=False)
    account_id = await make_account(client_id)
    assert (await state_of(account_id))[0] == "suspended"
    async with begin(OPERATOR) as uow:
        await users.approve(uow, client_id)
    assert (await state_of(account_id))[0] == "active"


async def test_a_client_who_is_not_admitted_opens_no_account_himself(as_web: str) -> None:
    client_id = await make_client(approved=False)
    async with begin(customer(client_id)) as uow:
        with pytest.raises(Refused, match="not admitted"):
            await accounts.open_account(
                uow,
                client_id=client_id,
                exchange=Exchange.BINANCE,
                mode=AccountMode.PAPER,
                label="Mine",
            )


async def test_a_client_whose_accounts_are_in_use_is_not_simply_closed(as_web: str) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="still in use"):
            await users.close(uow, client_id, reason="Moved on")
        await accounts.disable(uow, account_id, reason="Moved on")
    async with begin(OPERATOR) as uow:
        await users.close(uow, client_id, reason="Moved on")


async def test_a_risk_profile_changes_with_a_justification_only(as_web: str) -> None:
    client_id = await make_client()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid) as caught:
            await risk_profiles.change(uow, client_id, profile=RiskProfile.HIGH, justification=" ")
    assert set(caught.value.fields) == {"justification"}
    async with begin(customer(client_id)) as uow:
        await risk_profiles.wish(
            uow, client_id, profile=RiskProfile.HIGH, justification="A longer horizon"
        )
    async with begin(OPERATOR) as uow:
        await risk_profiles.change(
            uow, client_id, profile=RiskProfile.HIGH, justification="Agreed by phone"
        )
        with pytest.raises(Refused, match="already"):
            await risk_profiles.change(
                uow, client_id, profile=RiskProfile.HIGH, justification="Twice"
            )
    told = [event.payload for event in await event_queries.timeline(OPERATOR, client_id)]
    assert (told[0]["risk_profile_before"], told[0]["risk_profile"]) == ("medium", "high")


async def test_a_suspended_client_wishes_for_nothing(as_web: str) -> None:
    client_id = await make_client()
    async with begin(OPERATOR) as uow:
        await users.suspend(uow, client_id, reason="Papers have expired")
    async with begin(customer(client_id)) as uow:
        with pytest.raises(Refused, match="Only an active client"):
            await risk_profiles.wish(uow, client_id, profile=RiskProfile.HIGH, justification="More")
