"""What takes two persons is proposed by one, carried out once on another's approval, or not at all."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from patriot_app.core import four_eyes
from patriot_app.core.domain.permissions import WORKING_ROLES, Actor, Role
from patriot_app.core.domain.proposals import PROPOSAL_TRANSITIONS, Change, ProposalKind
from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import proposals as proposal_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import proposals, risk, user_roles, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, make_account

PASSWORD = "correct horse battery staple"


@pytest.fixture
def one_person_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATRIOT_FOUR_EYES", "off")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


async def person(*roles: Role) -> Actor:
    """Somebody who works here."""
    name = f"{'-'.join(roles)}-{uuid4().hex[:8]}"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_staff(
            uow, email=f"{name}@firm.example", name=name, password=PASSWORD, roles=roles
        )
    return Actor(user_id=user_id, name=name, roles=frozenset(roles), surface="console")


async def submit_limit(
    actor: Actor, account_id: UUID, *, value: str = "5000", name: str = "order_notional"
) -> four_eyes.Submitted:
    async with begin(actor) as uow:
        return await four_eyes.submit(
            uow,
            ProposalKind.SET_LIMIT,
            subject="An account",
            subject_key=f"account|{account_id}|{name}",
            payload={
                "scope": "account",
                "scope_id": str(account_id),
                "name": name,
                "value": value,
            },
            changes=[Change(name, "", value)],
            reason="Thin book",
        )


async def approve(actor: Actor, proposal_id: UUID) -> str:
    async with begin(actor) as uow:
        return await four_eyes.approve(uow, proposal_id, reason="Agreed")


async def limits_of(account_id: UUID) -> list[Decimal]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT value FROM risk_limits WHERE scope_id = :id AND ended_at IS NULL"),
            {"id": str(account_id)},
        )
        return [row[0] for row in found]


async def told(proposal_id: UUID) -> list[tuple[str, str]]:
    """Return the events about a proposal."""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT type, payload ->> 'state' FROM events WHERE subject_id = :id"
                " ORDER BY sequence"
            ),
            {"id": proposal_id},
        )
        return [(row[0], row[1]) for row in found]


async def state_of(proposal_id: UUID) -> str:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT state FROM proposals WHERE id = :id"), {"id": proposal_id}
        )
        return str(found.scalar_one())


async def test_a_limit_binds_only_after_another_person_approved_it(as_web: str, keys: Keys) -> None:
    manager, officer = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    account_id = await make_account()
    submitted = await submit_limit(manager, account_id)
    assert not submitted.is_done
    assert await limits_of(account_id) == []
    waiting = await proposal_queries.waiting_for(officer, [ProposalKind.SET_LIMIT.value])
    assert waiting >= 1
    assert await approve(officer, submitted.proposal_id) == ""
    assert await limits_of(account_id) == [Decimal(5000)]
    assert await state_of(submitted.proposal_id) == "carried_out"
    assert await told(submitted.proposal_id) == [
        ("ProposalMade", None),
        ("ProposalDecided", "approved"),
    ]


async def test_nobody_approves_his_own_whatever_roles_he_holds(as_web: str, keys: Keys) -> None:
    both = await person(Role.FUND_MANAGER, Role.COMPLIANCE)
    submitted = await submit_limit(both, await make_account())
    with pytest.raises(Refused, match="Another person"):
        await approve(both, submitted.proposal_id)
    with pytest.raises(IntegrityError, match="two_persons"):
        async with begin(both) as uow:
            await uow.session.execute(
                text(
                    "UPDATE proposals SET state = 'approved', decided_by = proposed_by"
                    " WHERE id = :id"
                ),
                {"id": submitted.proposal_id},
            )


async def test_only_who_may_decide_decides_and_only_who_may_propose_proposes(
    as_web: str, keys: Keys
) -> None:
    manager, another = await person(Role.FUND_MANAGER), await person(Role.FUND_MANAGER)
    account_id = await make_account()
    submitted = await submit_limit(manager, account_id)
    for refused in (another, await person(Role.ADMIN), await person(Role.SUPPORT)):
        with pytest.raises(Refused, match="limits_approve"):
            await approve(refused, submitted.proposal_id)
    for refused in (await person(Role.COMPLIANCE), await person(Role.ADMIN)):
        with pytest.raises(Refused, match="limits_write"):
            await submit_limit(refused, await make_account())
    assert await limits_of(account_id) == []


async def test_fifty_approvals_at_once_carry_it_out_once(as_web: str, keys: Keys) -> None:
    manager = await person(Role.FUND_MANAGER)
    officers = [await person(Role.COMPLIANCE) for _ in range(2)]
    account_id = await make_account()
    submitted = await submit_limit(manager, account_id)
    answers = await asyncio.gather(
        *(approve(officers[number % 2], submitted.proposal_id) for number in range(50))
    )
    assert set(answers) == {""}
    assert await limits_of(account_id) == [Decimal(5000)]
    assert len(await told(submitted.proposal_id)) == 2


async def test_what_cannot_be_carried_out_is_told_when_it_is_proposed(
    as_web: str, keys: Keys
) -> None:
    manager, account_id = await person(Role.FUND_MANAGER), await make_account()
    with pytest.raises(Invalid):
        await submit_limit(manager, account_id, value="-1")
    await submit_limit(manager, account_id)
    with pytest.raises(Refused, match="waits already"):
        await submit_limit(manager, account_id, value="6000")


async def test_an_act_that_fails_on_approval_leaves_nothing_but_the_reason(
    as_web: str, keys: Keys
) -> None:
    manager, officer = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    account_id = await make_account()
    first = await submit_limit(manager, account_id)
    assert await approve(officer, first.proposal_id) == ""
    async with begin(manager) as uow:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.CLEAR_LIMIT,
            subject="An account",
            subject_key=f"account|{account_id}|order_notional",
            payload={"scope": "account", "scope_id": str(account_id), "name": "order_notional"},
            changes=[],
            reason="No longer needed",
        )
    async with begin(OPERATOR) as uow:
        await risk.clear_limit(
            uow,
            scope=LimitScope.ACCOUNT,
            scope_id=account_id,
            name=LimitName.ORDER_NOTIONAL,
            reason="Overtaken",
        )
    assert "no limit of its own" in await approve(officer, submitted.proposal_id)
    assert await state_of(submitted.proposal_id) == "failed"
    assert await told(submitted.proposal_id) == [
        ("ProposalMade", None),
        ("ProposalDecided", "approved"),
        ("ProposalDecided", "failed"),
    ]


async def test_a_proposal_is_rejected_by_another_withdrawn_by_its_own_and_grows_old(
    as_web: str, keys: Keys
) -> None:
    manager, officer = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    rejected = await submit_limit(manager, await make_account())
    with pytest.raises(Refused, match="limits_approve"):
        async with begin(manager) as uow:
            await four_eyes.reject(uow, rejected.proposal_id, reason="Changed my mind")
    async with begin(officer) as uow:
        await four_eyes.reject(uow, rejected.proposal_id, reason="Too much")
    with pytest.raises(Refused, match="rejected already"):
        await approve(officer, rejected.proposal_id)
    withdrawn = await submit_limit(manager, await make_account())
    with pytest.raises(Refused, match="Only its proposer"):
        async with begin(officer) as uow:
            await proposals.withdraw(uow, withdrawn.proposal_id)
    async with begin(manager) as uow:
        await proposals.withdraw(uow, withdrawn.proposal_id)
    assert await state_of(withdrawn.proposal_id) == "withdrawn"


async def test_a_proposal_that_is_too_old_is_not_approved_and_gives_way(
    as_web: str, keys: Keys, server: Server, database_name: str
) -> None:
    manager, officer = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    account_id = await make_account()
    old = await submit_limit(manager, account_id)
    owner = server.url("patriot_migrator", database_name).replace("+psycopg", "")
    with psycopg.connect(owner) as connection:
        connection.execute(
            "UPDATE proposals SET expires_at = now() - interval '1 second' WHERE id = %s",
            (old.proposal_id,),
        )
    with pytest.raises(Refused, match="too old"):
        await approve(officer, old.proposal_id)
    page = await proposal_queries.page(officer, PageRequest(filters={"state": "expired"}))
    assert old.proposal_id in {item.id for item in page.items}
    new = await submit_limit(manager, account_id)
    assert await state_of(old.proposal_id) == "expired"
    assert await approve(officer, new.proposal_id) == ""


async def test_on_a_desk_of_one_the_proposer_carries_it_out_marked_solo(
    as_web: str, keys: Keys, one_person_desk: None
) -> None:
    alone = await person(*WORKING_ROLES)
    account_id = await make_account()
    submitted = await submit_limit(alone, account_id)
    assert submitted.is_done
    assert await limits_of(account_id) == [Decimal(5000)]
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT payload ->> 'is_solo' FROM events WHERE subject_id = :id"
                " AND type = 'ProposalDecided'"
            ),
            {"id": submitted.proposal_id},
        )
        assert [row[0] for row in found] == ["true"]


async def test_a_strategy_is_created_and_changed_on_approval(as_web: str, keys: Keys) -> None:
    manager, officer = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    name = f"Cross {uuid4().hex[:8]}"
    created = await submit_strategy(manager, name)
    assert await approve(officer, created.proposal_id) == ""
    strategy_id, versions = await strategy(name)
    assert versions == 1
    async with begin(manager) as uow:
        changed = await four_eyes.submit(
            uow,
            ProposalKind.CHANGE_STRATEGY,
            subject=name,
            subject_key=strategy_id,
            payload={
                "strategy_id": strategy_id,
                "parameters": {"fast_period": "7"},
                "note": "Faster",
                "moves": [],
            },
            changes=[Change("fast_period", "", "7")],
            reason="Faster",
        )
    assert (await strategy(name))[1] == 1
    assert await approve(officer, changed.proposal_id) == ""
    assert (await strategy(name))[1] == 2


async def test_on_a_desk_of_one_a_strategy_is_there_at_once(
    as_web: str, keys: Keys, one_person_desk: None
) -> None:
    alone, name = await person(*WORKING_ROLES), f"Cross {uuid4().hex[:8]}"
    assert (await submit_strategy(alone, name)).is_done
    assert (await strategy(name))[1] == 1
    with pytest.raises(Invalid):
        await submit_strategy(alone, name)


async def submit_strategy(actor: Actor, name: str) -> four_eyes.Submitted:
    async with begin(actor) as uow:
        return await four_eyes.submit(
            uow,
            ProposalKind.CREATE_STRATEGY,
            subject=name,
            subject_key=name.lower(),
            payload={"name": name, "kind": "ema_cross", "parameters": {}, "description": ""},
            changes=[],
            reason="A new one",
        )


async def strategy(name: str) -> tuple[str, int]:
    """Return a strategy's id and how many versions it has."""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT s.id::text, count(*) FROM strategies AS s JOIN strategy_versions AS v"
                " ON v.strategy_id = s.id WHERE s.name = :name GROUP BY s.id"
            ),
            {"name": name},
        )
        identity, versions = found.one()
        return identity, versions


async def test_an_administrator_closes_everything_only_with_a_second_person(
    as_web: str, keys: Keys
) -> None:
    admin, officer = await person(Role.ADMIN), await person(Role.COMPLIANCE)
    account_id = await make_account()
    async with begin(admin) as uow:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.CLOSE_EVERYTHING,
            subject="An account",
            subject_key=f"account|{account_id}",
            payload={"scope": "account", "scope_id": str(account_id), "state": "halted"},
            changes=[Change("Trading", "", "halted")],
            reason="The exchange is hacked",
        )
    assert not submitted.is_done
    assert await approve(officer, submitted.proposal_id) == ""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT level FROM halts WHERE scope_id = :id AND lifted_at IS NULL"),
            {"id": str(account_id)},
        )
        assert [row[0] for row in found] == [3]


async def test_roles_change_for_others_only_and_end_their_sessions(as_web: str, keys: Keys) -> None:
    admin, other = await person(Role.ADMIN, Role.FUND_MANAGER), await person(Role.SUPPORT)
    assert admin.user_id is not None
    assert other.user_id is not None
    async with begin(admin) as uow:
        await user_roles.change_roles(
            uow, other.user_id, roles=[Role.SUPPORT, Role.FUND_MANAGER], reason="New desk"
        )
    with pytest.raises(Refused, match="your own roles"):
        async with begin(admin) as uow:
            await user_roles.change_roles(
                uow, admin.user_id, roles=[Role.COMPLIANCE], reason="More"
            )
    with pytest.raises(Invalid):
        async with begin(admin) as uow:
            await user_roles.change_roles(uow, other.user_id, roles=[], reason="None")


def test_every_kind_can_be_carried_out_and_every_end_is_final() -> None:
    assert set(four_eyes.ACTS) == set(ProposalKind)
    finals = {state for state, after in PROPOSAL_TRANSITIONS.items() if not after}
    assert finals == {"carried_out", "failed", "rejected", "withdrawn", "expired"}
