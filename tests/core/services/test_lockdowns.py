"""A lockdown is noted upon and ended by a person's decision, under the real roles."""

from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import IllegalTransition, Invalid, NotFound, Refused
from patriot_app.core.services import credentials, halts, lockdowns
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, DaemonRows, customer, make_account, make_client


async def lock_down(rows: DaemonRows, account_id: UUID) -> UUID:
    """Lock an account down as the daemon does; return the lockdown."""
    rows.execute(
        "INSERT INTO lockdowns (id, account_id, rule, facts, state, opened_at)"
        " VALUES (gen_random_uuid(), %s, 'money_left', '900 left', 'open', now())",
        account_id,
    )
    async with begin(OPERATOR) as uow:
        await halts.raise_halt(
            uow,
            scope=HaltScope.ACCOUNT,
            scope_id=str(account_id),
            level=HaltLevel.NO_ENTRIES,
            state=TradingState.REDUCING,
            reason="Lockdown",
        )
    return UUID(
        str(await one(OPERATOR, "SELECT id FROM lockdowns WHERE account_id = :id", account_id))
    )


async def one(actor: Actor, statement: str, identity: UUID) -> object:
    async with begin(actor) as uow:
        return (await uow.session.execute(text(statement), {"id": identity})).scalar_one_or_none()


async def test_what_people_find_out_is_kept_with_the_decision(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    lockdown = await lock_down(rows, account_id)
    async with begin(OPERATOR) as uow:
        await lockdowns.add_note(uow, lockdown, note="He withdrew it himself; he called.")
        with pytest.raises(Invalid):
            await lockdowns.add_note(uow, lockdown, note="  ")
        with pytest.raises(Invalid):
            await lockdowns.restore(uow, lockdown, reason="")
    async with begin(OPERATOR) as uow:
        halt = await lockdowns.restore(uow, lockdown, reason="The client confirmed it")
        assert halt is not None
        assert (await halts.lower_halt(uow, halt, reason="Restored")).is_done
    assert await one(OPERATOR, "SELECT state FROM lockdowns WHERE id = :id", lockdown) == "restored"
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="is over"):
            await lockdowns.add_note(uow, lockdown, note="Too late")
        with pytest.raises(IllegalTransition):
            await lockdowns.terminate(uow, lockdown, reason="Changed my mind")


async def test_the_halt_of_a_locked_down_account_is_not_lowered_alone(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    await lock_down(rows, account_id)
    statement = (
        "SELECT id FROM halts WHERE scope_id = CAST(:id AS uuid)::text AND lifted_at IS NULL"
    )
    halt = UUID(str(await one(OPERATOR, statement, account_id)))
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="locked down"):
            await halts.lower_halt(uow, halt, reason="It will be fine")


async def test_to_terminate_destroys_the_key_once_nothing_is_open(
    as_web: str, rows: DaemonRows, keys: Keys
) -> None:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        submitted = await credentials.submit(
            uow, account_id, api_key="patriotTESTkey99999", api_secret="patriotTESTsecret99999"
        )
    rows.execute(
        "UPDATE credentials SET status = 'verified' WHERE id = %s", submitted.credential_id
    )
    lockdown = await lock_down(rows, account_id)
    rows.position(account_id)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="1 positions are open"):
            await lockdowns.terminate(uow, lockdown, reason="Stolen")
    rows.execute("UPDATE positions SET quantity = 0 WHERE account_id = %s", account_id)
    async with begin(OPERATOR) as uow:
        key = await lockdowns.terminate(uow, lockdown, reason="Stolen")
        assert key == submitted.credential_id
        await credentials.revoke(uow, key, reason="Stolen")
    statement = "SELECT status FROM credentials WHERE id = :id"
    assert await one(OPERATOR, statement, submitted.credential_id) == "revoked"


async def test_a_client_sees_his_lockdown_and_no_notes_and_nobody_elses(
    as_web: str, rows: DaemonRows
) -> None:
    ada, bob = await make_client(), await make_client(name="Bob")
    account_id = await make_account(ada)
    lockdown = await lock_down(rows, account_id)
    async with begin(OPERATOR) as uow:
        await lockdowns.add_note(uow, lockdown, note="We suspect his brother")
    seen = "SELECT facts FROM lockdowns WHERE id = :id"
    notes = "SELECT note FROM lockdown_notes WHERE lockdown_id = :id"
    assert await one(customer(ada), seen, lockdown) == "900 left"
    assert await one(customer(ada), notes, lockdown) is None
    assert await one(customer(bob), seen, lockdown) is None
    async with begin(customer(bob)) as uow:
        with pytest.raises(NotFound):
            await lockdowns.add_note(uow, lockdown, note="Hello")
