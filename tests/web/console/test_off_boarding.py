"""A client leaves step by step; no step is left out, taken twice, or half taken."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core import four_eyes
from patriot_app.core.domain.off_boarding import OffBoardingState
from patriot_app.core.domain.permissions import WORKING_ROLES, Actor
from patriot_app.core.domain.proposals import ProposalKind
from patriot_app.core.errors import IllegalTransition, Refused
from patriot_app.core.queries import billing
from patriot_app.core.queries import off_boardings as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import accounts, credentials, off_boardings, users
from patriot_app.core.unit_of_work import begin
from patriot_app.web.console.off_boarding import acts
from patriot_app.web.console.off_boarding.rows import step_rows
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_mandate


@pytest.fixture
async def client_id(as_web: str, keys: Keys) -> UUID:
    """A client with one account, a key and a mandate."""
    client = await make_client()
    account_id = await make_account(client)
    async with begin(OPERATOR) as uow:
        await credentials.submit(uow, account_id, api_key=account_id.hex, api_secret="s" * 40)
    await make_mandate(client, [account_id])
    return client


async def account_of(client_id: UUID) -> UUID:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT id FROM accounts WHERE client_id = :id"), {"id": client_id}
        )
        return UUID(str(found.scalar_one()))


async def stop(client_id: UUID) -> UUID:
    async with begin(OPERATOR) as uow:
        return await acts.stop(uow, client_id, reason="He moves on")


async def flatten(off_boarding_id: UUID, *, leaves_rest: bool = False) -> None:
    async with begin(OPERATOR) as uow:
        await acts.flatten(uow, off_boarding_id)
    async with begin(OPERATOR) as uow:
        await off_boardings.confirm_flat(uow, off_boarding_id, leaves_rest=leaves_rest)


async def person() -> Actor:
    """Somebody who works here."""
    email = f"{uuid4().hex}@firm.example"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_staff(
            uow, email=email, name="Staff", password=uuid4().hex, roles=WORKING_ROLES
        )
    return Actor(user_id=user_id, name="Staff", roles=WORKING_ROLES, surface="console")


async def settle(off_boarding_id: UUID, client_id: UUID) -> None:
    """Let one person propose to end the mandates and another approve each."""
    one, other = await person(), await person()
    async with begin(one) as uow:
        running = await queries.running_mandates(one, client_id)
        submitted = await acts.settle(uow, off_boarding_id, running)
    assert submitted is not None
    assert not submitted.is_done
    came = await queries.progress(OPERATOR, client_id)
    assert came is not None
    assert came.state is OffBoardingState.FLAT
    async with begin(one) as uow:
        with pytest.raises(Refused, match="waits already"):
            await acts.settle(uow, off_boarding_id, running)
    async with begin(other) as uow:
        assert await four_eyes.approve(uow, submitted.proposal_id, reason="He leaves") == ""
    async with begin(one) as uow:
        assert await acts.settle(uow, off_boarding_id, ()) is None


async def test_before_the_mandates_end_the_fee_of_each_is_told(
    client_id: UUID, rows: DaemonRows
) -> None:
    rows.ledger_row(await account_of(client_id), "REALIZED_PNL", "100")
    there = await queries.consequences(OPERATOR, client_id)
    fees = await billing.accruals(OPERATOR, PageRequest(filters={"client_id": str(client_id)}))
    settle = step_rows(None, there, fees.items)[3]
    assert settle.step == OffBoardingState.SETTLED
    assert "USDT if it closed now, pro forma: not all of its accounts are live." in settle.what
    assert "closed now" not in "".join(one.what for one in step_rows(None, there, ()))


async def test_a_client_leaves_step_by_step(client_id: UUID) -> None:
    before = await queries.consequences(OPERATOR, client_id)
    assert (before.accounts, before.ours, before.mandates, before.keys) == (1, 0, 1, 1)
    off_boarding = await stop(client_id)
    await flatten(off_boarding)
    await settle(off_boarding, client_id)
    async with begin(OPERATOR) as uow:
        await acts.revoke(uow, off_boarding, await queries.kept_keys(OPERATOR, client_id))
    async with begin(OPERATOR) as uow:
        await off_boardings.close(uow, off_boarding)
    after = await queries.consequences(OPERATOR, client_id)
    assert (after.status, after.accounts, after.mandates, after.keys) == ("closed", 0, 0, 0)
    came = await queries.progress(OPERATOR, client_id)
    assert came is not None
    assert came.state is OffBoardingState.CLOSED


async def test_no_step_can_be_left_out_or_taken_twice(client_id: UUID) -> None:
    off_boarding = await stop(client_id)
    with pytest.raises(Refused, match="already"):
        await stop(client_id)
    for step in (
        lambda uow: acts.settle(uow, off_boarding, []),
        lambda uow: acts.revoke(uow, off_boarding, []),
        lambda uow: off_boardings.close(uow, off_boarding),
        lambda uow: off_boardings.confirm_flat(uow, off_boarding, leaves_rest=True),
    ):
        async with begin(OPERATOR) as uow:
            with pytest.raises(Refused, match="not due"):
                await step(uow)
    await flatten(off_boarding)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="taken already"):
            await acts.flatten(uow, off_boarding)
        with pytest.raises(Refused, match="mandates are still"):
            await acts.settle(uow, off_boarding, [])


async def test_what_the_desk_opened_is_closed_by_a_halt_of_the_client_alone(
    client_id: UUID, rows: DaemonRows
) -> None:
    account_id = await account_of(client_id)
    rows.state(account_id)
    rows.intent(account_id)
    rows.position(account_id)
    off_boarding = await stop(client_id)
    async with begin(OPERATOR) as uow:
        await acts.flatten(uow, off_boarding)
    came = await queries.progress(OPERATOR, client_id)
    assert came is not None
    assert came.halt_id is not None
    assert (came.accounts, came.done) == (1, 0)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="1 positions"):
            await off_boardings.confirm_flat(uow, off_boarding, leaves_rest=True)


async def test_what_the_client_opened_himself_is_left_only_if_somebody_says_so(
    client_id: UUID, rows: DaemonRows
) -> None:
    rows.position(await account_of(client_id))
    assert (await queries.consequences(OPERATOR, client_id)).rest == 1
    off_boarding = await stop(client_id)
    with pytest.raises(Refused, match="not opened by the desk"):
        await flatten(off_boarding)
    async with begin(OPERATOR) as uow:
        await off_boardings.confirm_flat(uow, off_boarding, leaves_rest=True)


async def test_a_step_that_fails_leaves_nothing_behind(client_id: UUID) -> None:
    off_boarding = await stop(client_id)
    await flatten(off_boarding)
    await settle(off_boarding, client_id)
    with pytest.raises(Refused, match="keys are still kept"):
        async with begin(OPERATOR) as uow:
            await acts.revoke(uow, off_boarding, [])
    came = await queries.progress(OPERATOR, client_id)
    assert came is not None
    assert came.state is OffBoardingState.SETTLED
    assert (await queries.consequences(OPERATOR, client_id)).accounts == 1


async def test_before_anything_final_the_way_out_can_be_given_up(client_id: UUID) -> None:
    off_boarding = await stop(client_id)
    async with begin(OPERATOR) as uow:
        await acts.abandon(uow, off_boarding, reason="He stays")
    assert await queries.progress(OPERATOR, client_id) is None
    again = await stop(client_id)
    assert again != off_boarding


async def proposals_of(client_id: UUID) -> list[tuple[str, bool]]:
    """Return the state of each proposal about a mandate of the client, and who decided it."""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT p.state, p.decided_by IS NULL FROM proposals AS p JOIN mandates AS m"
                " ON m.id::text = p.subject_key WHERE m.client_id = :id ORDER BY p.proposed_at, p.id"
            ),
            {"id": client_id},
        )
        return [(row.state, row[1]) for row in found]


async def propose_to_settle(off_boarding_id: UUID, client_id: UUID) -> UUID:
    proposer = await person()
    async with begin(proposer) as uow:
        running = await queries.running_mandates(proposer, client_id)
        submitted = await acts.settle(uow, off_boarding_id, running)
    assert submitted is not None
    return submitted.proposal_id


async def test_who_is_kept_after_all_keeps_his_mandates(client_id: UUID) -> None:
    off_boarding = await stop(client_id)
    await flatten(off_boarding)
    proposal_id = await propose_to_settle(off_boarding, client_id)
    async with begin(OPERATOR) as uow:
        await acts.abandon(uow, off_boarding, reason="He stays")
    assert await proposals_of(client_id) == [("withdrawn", True)]
    async with begin(await person()) as uow:
        with pytest.raises(Refused, match="withdrawn already"):
            await four_eyes.approve(uow, proposal_id, reason="Too late")
    async with begin(OPERATOR) as uow:
        told = await uow.session.execute(
            text("SELECT payload FROM events WHERE type = 'ProposalDecided' AND subject_id = :id"),
            {"id": proposal_id},
        )
        assert [(row.payload["state"], row.payload["reason"]) for row in told] == [
            ("withdrawn", "Off-boarding given up: He stays")
        ]


async def test_the_end_of_a_mandate_that_was_proposed_for_itself_goes_on_waiting(
    client_id: UUID,
) -> None:
    off_boarding = await stop(client_id)
    await flatten(off_boarding)
    proposer = await person()
    [mandate] = await queries.running_mandates(proposer, client_id)
    async with begin(proposer) as uow:
        await four_eyes.submit(
            uow,
            ProposalKind.END_MANDATE,
            subject=mandate.name,
            subject_key=str(mandate.id),
            payload={"mandate_id": str(mandate.id)},
            changes=[],
            reason="The agreement runs out",
        )
    async with begin(OPERATOR) as uow:
        await acts.abandon(uow, off_boarding, reason="He stays")
    assert await proposals_of(client_id) == [("proposed", True)]


async def test_given_up_too_late_nothing_is_withdrawn(client_id: UUID) -> None:
    off_boarding = await stop(client_id)
    await flatten(off_boarding)
    await settle(off_boarding, client_id)
    with pytest.raises(IllegalTransition):
        async with begin(OPERATOR) as uow:
            await acts.abandon(uow, off_boarding, reason="He stays")
    assert await proposals_of(client_id) == [("carried_out", False)]


async def test_an_account_is_unlinked_only_when_nothing_is_open_on_it(
    client_id: UUID, rows: DaemonRows
) -> None:
    account_id = await account_of(client_id)
    rows.position(account_id)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="flatten it first"):
            await accounts.unlink(uow, account_id, reason="Moved elsewhere")
