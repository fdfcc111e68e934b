"""Nobody gives what he does not hold, and administrators come and go by two persons."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core import four_eyes
from patriot_app.core.domain.permissions import Actor, Role
from patriot_app.core.domain.proposals import ProposalKind
from patriot_app.core.errors import Refused
from patriot_app.core.queries import staff
from patriot_app.core.services import email_changes, user_roles, users
from patriot_app.core.unit_of_work import begin
from tests.core.services.test_team import id_of, member
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR


async def proposed(proposer: Actor, kind: ProposalKind, about: Actor, **payload: object) -> UUID:
    """Return a proposal about a member's access."""
    async with begin(proposer) as uow:
        submitted = await four_eyes.submit(
            uow,
            kind,
            subject="Access",
            subject_key=str(about.user_id),
            payload={"user_id": str(about.user_id), **payload},
            changes=[],
            reason="Left the firm",
        )
    assert not submitted.is_done
    return submitted.proposal_id


async def carried_out(approver: Actor, proposal_id: UUID) -> str:
    async with begin(approver) as uow:
        return await four_eyes.approve(uow, proposal_id, reason="Agreed")


async def status_of(who: Actor) -> str:
    return (await staff.get(OPERATOR, id_of(who))).status


async def only_administrators(who: Collection[Actor]) -> None:
    """Take the role from everybody else, as if only these had it."""
    async with begin(OPERATOR) as uow:
        await uow.session.execute(
            text(
                "UPDATE users SET roles = array_remove(roles, 'admin') || ARRAY['support']"
                " WHERE 'admin' = ANY(roles) AND id <> ALL(:kept)"
            ),
            {"kept": [one.user_id for one in who]},
        )


async def test_a_role_that_one_does_not_hold_is_given_neither_alone_nor_by_proposal(
    as_web: str, keys: Keys
) -> None:
    admin, other = await member(Role.ADMIN), await member(Role.ADMIN, Role.SUPPORT)
    person = await member(Role.SUPPORT)
    with pytest.raises(Refused, match="do not hold: compliance"):
        async with begin(admin) as uow:
            await user_roles.change_roles(
                uow, id_of(person), roles=[Role.SUPPORT, Role.COMPLIANCE], reason="Helps out"
            )
    with pytest.raises(Refused, match="do not hold: compliance"):
        await proposed(
            other, ProposalKind.CHANGE_ROLES, person, roles=["admin", "compliance", "support"]
        )
    assert (await staff.get(OPERATOR, id_of(person))).roles == ("support",)


async def test_roles_that_one_lacks_stay_and_go_as_they_were(as_web: str, keys: Keys) -> None:
    admin = await member(Role.ADMIN, Role.SUPPORT)
    officer = await member(Role.COMPLIANCE, Role.FUND_MANAGER)
    async with begin(admin) as uow:
        await user_roles.change_roles(
            uow, id_of(officer), roles=[Role.COMPLIANCE, Role.SUPPORT], reason="New desk"
        )
    assert (await staff.get(OPERATOR, id_of(officer))).roles == ("compliance", "support")


async def test_an_administrator_is_shut_out_and_let_in_by_two_persons(
    as_web: str, keys: Keys
) -> None:
    admin, other = await member(Role.ADMIN), await member(Role.ADMIN)
    officer = await member(Role.COMPLIANCE)
    with pytest.raises(Refused, match="two persons"):
        async with begin(admin) as uow:
            await users.suspend(uow, id_of(other), reason="Left the firm")
    suspending = await proposed(admin, ProposalKind.SUSPEND_ADMINISTRATOR, other)
    assert await status_of(other) == "active"
    with pytest.raises(Refused):
        await carried_out(admin, suspending)
    assert await carried_out(officer, suspending) == ""
    assert await status_of(other) == "suspended"
    with pytest.raises(Refused, match="two persons"):
        async with begin(admin) as uow:
            await users.reactivate(uow, id_of(other), reason="Came back")
    letting_in = await proposed(admin, ProposalKind.REACTIVATE_ADMINISTRATOR, other)
    assert await carried_out(officer, letting_in) == ""
    assert await status_of(other) == "active"


async def test_who_is_no_administrator_is_shut_out_by_one(as_web: str, keys: Keys) -> None:
    admin, person = await member(Role.ADMIN), await member(Role.SUPPORT)
    async with begin(admin) as uow:
        await users.suspend(uow, id_of(person), reason="Left the firm")
    assert await status_of(person) == "suspended"


async def test_the_last_administrator_is_neither_shut_out_nor_stripped_nor_closed(
    as_web: str, keys: Keys
) -> None:
    last = await member(Role.ADMIN)
    await only_administrators([last])
    with pytest.raises(Refused, match="left who administers"):
        async with begin(OPERATOR) as uow:
            await users.suspend(uow, id_of(last), reason="Left the firm", is_agreed=True)
    with pytest.raises(Refused, match="left who administers"):
        async with begin(OPERATOR) as uow:
            await user_roles.change_roles(
                uow, id_of(last), roles=[Role.SUPPORT], reason="Left the firm", is_agreed=True
            )
    with pytest.raises(Refused, match="loses that role first"):
        async with begin(OPERATOR) as uow:
            await users.close(uow, id_of(last), reason="Left the firm")
    assert await status_of(last) == "active"


async def test_of_two_administrators_who_are_taken_away_at_once_one_stays(
    as_web: str, keys: Keys
) -> None:
    pair = [await member(Role.ADMIN), await member(Role.ADMIN)]
    await only_administrators(pair)

    async def take_away(who: Actor) -> str:
        try:
            async with begin(OPERATOR) as uow:
                await users.suspend(uow, id_of(who), reason="Left the firm", is_agreed=True)
        except Refused as error:
            return str(error)
        return ""

    outcomes = await asyncio.gather(*(take_away(one) for one in pair))
    assert sorted(map(bool, outcomes)) == [False, True]
    assert sorted([await status_of(one) for one in pair]) == ["active", "suspended"]


async def test_an_administrators_address_is_confirmed_by_two_others(
    as_web: str, keys: Keys
) -> None:
    admin, other, officer = [
        await member(role) for role in (Role.ADMIN, Role.ADMIN, Role.COMPLIANCE)
    ]
    wanted = f"{id_of(other)}@firm.example"
    async with begin(other) as uow:
        await email_changes.ask(uow, wanted)
    assert (await staff.get(OPERATOR, id_of(other))).email_wished == wanted
    with pytest.raises(Refused, match="two persons"):
        async with begin(admin) as uow:
            await email_changes.confirm_of_member(
                uow, id_of(other), email=wanted, reason="Called back"
            )
    with pytest.raises(Refused, match="Another person"):
        async with begin(other) as uow:
            await email_changes.confirm_of_member(
                uow, id_of(other), email=wanted, reason="Mine", is_agreed=True
            )
    confirming = await proposed(admin, ProposalKind.CONFIRM_ADDRESS, other, email=wanted)
    assert await carried_out(officer, confirming) == ""
    found = await staff.get(OPERATOR, id_of(other))
    assert (found.email, found.email_wished) == (wanted, None)
