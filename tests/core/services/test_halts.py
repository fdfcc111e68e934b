"""A halt binds at once, is raised by one person, and lowered by two."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.services import clearing, halts, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client

L = HaltLevel


@pytest.fixture
def one_person_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATRIOT_FOUR_EYES", "off")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


async def fetch(statement: str, **values: object) -> list[tuple[object, ...]]:
    async with begin(OPERATOR) as uow:
        return [tuple(row) for row in await uow.session.execute(text(statement), values)]


async def make_person(name: str) -> Actor:
    async with begin(OPERATOR) as uow:
        user_id = await users.create_client(
            uow, email=f"{name.lower()}.{uuid4().hex[:8]}@firm.example", name=name
        )
    return Actor(user_id=user_id, name=name, roles=STAFF_ROLES, surface="console")


async def halt(
    account_id: UUID, level: HaltLevel, *, state: TradingState | None = None, by: Actor = OPERATOR
) -> halts.Raised:
    async with begin(by) as uow:
        return await halts.raise_halt(
            uow,
            scope=HaltScope.ACCOUNT,
            scope_id=str(account_id),
            level=level,
            state=state,
            reason="Doubt",
        )


async def in_force(account_id: UUID) -> list[tuple[object, ...]]:
    return await fetch(
        "SELECT level, state FROM halts WHERE scope_id = :id AND lifted_at IS NULL",
        id=str(account_id),
    )


async def test_a_halt_names_the_accounts_that_it_clears_up(as_web: str, rows: DaemonRows) -> None:
    client_id = await make_client()
    small, large = [await make_account(client_id) for _ in range(2)]
    rows.position(large)
    async with begin(OPERATOR) as uow:
        raised = await halts.raise_halt(
            uow,
            scope=HaltScope.CLIENT,
            scope_id=str(client_id),
            level=L.FLATTEN,
            reason="Doubt",
        )
    assert raised.accounts == 2
    found = await fetch(
        "SELECT account_id, notional, state FROM halt_accounts WHERE halt_id = :id"
        " ORDER BY notional DESC",
        id=raised.halt_id,
    )
    assert found == [(large, 25_000, "waiting"), (small, 0, "waiting")]


@pytest.mark.parametrize("level", [L.NO_ENTRIES, L.STOP_SENDING])
async def test_the_mildest_and_the_last_level_touch_no_order(as_web: str, level: HaltLevel) -> None:
    assert (await halt(await make_account(), level)).accounts == 0


async def test_one_person_raises_a_halt_step_by_step(as_web: str) -> None:
    account_id = await make_account()
    for level in HaltLevel:
        await halt(account_id, level)
        assert [row[0] for row in await in_force(account_id)] == [level]
    assert await in_force(account_id) == [(4, "halted")]


async def test_raising_never_lowers(as_web: str) -> None:
    account_id = await make_account()
    await halt(account_id, L.FLATTEN)
    for level in (L.NO_ENTRIES, L.CANCEL_ENTRIES, L.FLATTEN):
        with pytest.raises(Refused, match="halted already, at K3"):
            await halt(account_id, level)


async def test_at_the_same_level_strategies_may_be_stopped_too(as_web: str) -> None:
    account_id = await make_account()
    await halt(account_id, L.CANCEL_ENTRIES, state=TradingState.REDUCING)
    await halt(account_id, L.CANCEL_ENTRIES)
    assert await in_force(account_id) == [(2, "halted")]
    with pytest.raises(Refused, match="already"):
        await halt(account_id, L.CANCEL_ENTRIES, state=TradingState.REDUCING)


async def test_the_mildest_halt_is_lifted_by_one_person(as_web: str) -> None:
    account_id = await make_account()
    raised = await halt(account_id, L.NO_ENTRIES)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid):
            await halts.lower_halt(uow, raised.halt_id, reason=" ")
        lowered = await halts.lower_halt(uow, raised.halt_id, reason="Over")
    assert lowered.is_done
    assert await in_force(account_id) == []
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused):
            await halts.lower_halt(uow, raised.halt_id, reason="Over")


async def test_a_halt_from_k2_on_is_lowered_by_two_people(as_web: str) -> None:
    ada, bea = await make_person("Ada"), await make_person("Bea")
    account_id = await make_account()
    raised = await halt(account_id, L.FLATTEN, by=ada)
    async with begin(ada) as uow:
        wish = await halts.lower_halt(uow, raised.halt_id, to_level=L.NO_ENTRIES, reason="Calm")
    assert not wish.is_done
    assert await in_force(account_id) == [(3, "halted")]
    async with begin(ada) as uow:
        with pytest.raises(Refused, match="Another person"):
            await halts.lower_halt(uow, raised.halt_id, to_level=L.NO_ENTRIES, reason="Calm")
    async with begin(bea) as uow:
        done = await halts.lower_halt(uow, raised.halt_id, to_level=L.NO_ENTRIES, reason="Agreed")
    assert done.is_done
    assert await in_force(account_id) == [(1, "reducing")]
    kinds = await fetch(
        "SELECT type FROM events WHERE subject_id = :id ORDER BY sequence", id=raised.halt_id
    )
    assert [row[0] for row in kinds] == ["HaltRaised", "HaltLoweringProposed", "HaltLifted"]


async def test_confirming_something_else_is_a_proposal_of_its_own(as_web: str) -> None:
    ada, bea = await make_person("Ada"), await make_person("Bea")
    account_id = await make_account()
    raised = await halt(account_id, L.FLATTEN)
    async with begin(ada) as uow:
        await halts.lower_halt(uow, raised.halt_id, to_level=L.NO_ENTRIES, reason="Calm")
    async with begin(bea) as uow:
        assert not (await halts.lower_halt(uow, raised.halt_id, reason="All of it")).is_done
    async with begin(ada) as uow:
        assert (await halts.lower_halt(uow, raised.halt_id, reason="Agreed")).is_done
    assert await in_force(account_id) == []


async def test_a_proposal_that_nobody_confirmed_in_time_is_void(as_web: str) -> None:
    ada, bea = await make_person("Ada"), await make_person("Bea")
    account_id = await make_account()
    raised = await halt(account_id, L.FLATTEN)
    async with begin(ada) as uow:
        await halts.lower_halt(uow, raised.halt_id, reason="Calm")
    async with begin(ada) as uow:
        await uow.session.execute(
            text("UPDATE halts SET lowering_at = lowering_at - interval '1 h' WHERE id = :id"),
            {"id": raised.halt_id},
        )
    async with begin(bea) as uow:
        assert not (await halts.lower_halt(uow, raised.halt_id, reason="Late")).is_done
    assert await in_force(account_id) == [(3, "halted")]


async def test_the_database_refuses_one_person_in_both_parts(as_web: str) -> None:
    ada = await make_person("Ada")
    raised = await halt(await make_account(), L.FLATTEN, by=ada)
    async with begin(ada) as uow:
        await halts.lower_halt(uow, raised.halt_id, reason="Calm")
    with pytest.raises(IntegrityError, match="two_people"):
        async with begin(ada) as uow:
            await uow.session.execute(
                text("UPDATE halts SET lifted_at = now(), lifted_by = :me WHERE id = :id"),
                {"me": ada.user_id, "id": raised.halt_id},
            )


@pytest.mark.usefixtures("one_person_desk")
async def test_on_a_desk_of_one_person_it_is_marked_as_his_alone(as_web: str) -> None:
    ada = await make_person("Ada")
    account_id = await make_account()
    raised = await halt(account_id, L.FLATTEN, by=ada)
    async with begin(ada) as uow:
        assert (await halts.lower_halt(uow, raised.halt_id, reason="Calm")).is_done
    found = await fetch(
        "SELECT payload ->> 'is_solo' FROM events WHERE subject_id = :id AND type = 'HaltLifted'",
        id=raised.halt_id,
    )
    assert found == [("true",)]


async def test_a_halt_of_nothing_is_not_found(as_web: str) -> None:
    with pytest.raises(NotFound):
        await halt(uuid4(), L.CANCEL_ENTRIES)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="only the desk"):
            await halts.raise_halt(uow, scope=HaltScope.DESK, scope_id="x", reason="Doubt")


async def test_only_failed_accounts_of_a_halt_in_force_are_tried_again(as_web: str) -> None:
    raised = await halt(await make_account(), L.FLATTEN)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="No account"):
            await clearing.retry_failed(uow, raised.halt_id, reason="Again")
        await uow.session.execute(
            text("UPDATE halt_accounts SET state = 'failed', tries = 3 WHERE halt_id = :id"),
            {"id": raised.halt_id},
        )
        assert await clearing.retry_failed(uow, raised.halt_id, reason="Again") == 1
    found = await fetch(
        "SELECT state, tries FROM halt_accounts WHERE halt_id = :id", id=raised.halt_id
    )
    assert found == [("waiting", 0)]
