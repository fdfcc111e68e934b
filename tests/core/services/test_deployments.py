"""Strategies, versions and deployments; one deployment per account and symbol."""

from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import IllegalTransition, Invalid, Refused
from patriot_app.core.services import deployments, strategies
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_deployment, make_version


@pytest.fixture(autouse=True)
def listed(rows: DaemonRows) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rows.instrument(symbol)


async def one(statement: str, **values: object) -> tuple[object, ...]:
    async with begin(OPERATOR) as uow:
        return tuple((await uow.session.execute(text(statement), values)).one())


async def strategy_of(version_id: UUID) -> UUID:
    found = await one("SELECT strategy_id FROM strategy_versions WHERE id = :id", id=version_id)
    assert isinstance(found[0], UUID)
    return found[0]


async def test_a_wrong_parameter_is_named(as_web: str) -> None:
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid) as caught:
            await strategies.create(
                uow, name="Wild", kind="ema_cross", parameters={"leverage": "500"}
            )
    assert set(caught.value.fields) == {"leverage"}


async def test_new_parameters_are_a_new_version_and_old_ones_never_change(as_web: str) -> None:
    first = await make_version()
    strategy_id = await strategy_of(first)
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="Nothing differs"):
            await strategies.add_version(uow, strategy_id, parameters={})
    async with begin(OPERATOR) as uow:
        second = await strategies.add_version(uow, strategy_id, parameters={"leverage": "3"})
    assert await one("SELECT number FROM strategy_versions WHERE id = :id", id=second) == (2,)
    plain = as_web.replace("+psycopg", "")
    with psycopg.connect(plain) as web, pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("UPDATE strategy_versions SET note = 'x'")


async def test_a_deployment_runs_pauses_and_ends_for_good(as_web: str) -> None:
    deployment_id = await make_deployment([await make_account()])
    async with begin(OPERATOR) as uow:
        await deployments.pause(uow, deployment_id, reason="News")
    async with begin(OPERATOR) as uow:
        await deployments.resume(uow, deployment_id, reason="Over")
        await deployments.stop(uow, deployment_id, reason="Enough")
    async with begin(OPERATOR) as uow:
        with pytest.raises(IllegalTransition):
            await deployments.resume(uow, deployment_id, reason="Again")
    events = await one(
        "SELECT count(*) FROM events WHERE subject_id = :id AND type = 'DeploymentStatusChanged'",
        id=deployment_id,
    )
    assert events == (4,)


async def test_a_symbol_of_an_account_belongs_to_one_deployment_until_it_ends(
    as_web: str,
) -> None:
    account_id = await make_account(label="Fought over")
    first = await make_deployment([account_id], name="First come")
    with pytest.raises(Refused, match="Fought over BTCUSDT belongs to First come"):
        await make_deployment([account_id])
    assert await make_deployment([account_id], symbols=["ETHUSDT"])
    async with begin(OPERATOR) as uow:
        await deployments.stop(uow, first, reason="Enough")
    assert await make_deployment([account_id])


async def test_a_symbol_that_the_exchange_does_not_list_is_refused(as_web: str) -> None:
    version_id = await make_version()
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="does not list NOPEUSDT"):
            await deployments.create(
                uow,
                name="Nowhere",
                version_id=version_id,
                reference_exchange=Exchange.BINANCE,
                symbols=["NOPEUSDT"],
                shares={account_id: Decimal(1)},
            )


async def test_stopping_may_close_what_the_deployment_holds(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_account()
    deployment_id = await make_deployment([account_id])
    rows.position(account_id, deployment_id=deployment_id)
    async with begin(OPERATOR) as uow:
        commands = await deployments.stop(uow, deployment_id, reason="Enough", close_positions=True)
    kinds = await one(
        "SELECT type, payload ->> 'symbol' FROM commands WHERE id = :id", id=commands[0]
    )
    assert kinds == ("ClosePosition", "BTCUSDT")


async def test_accounts_join_and_leave_a_running_deployment(as_web: str) -> None:
    first, second = await make_account(), await make_account()
    deployment_id = await make_deployment([first])
    async with begin(OPERATOR) as uow:
        await deployments.add_accounts(
            uow, deployment_id, {second: Decimal("0.5")}, reason="New client"
        )
        await deployments.remove_accounts(uow, deployment_id, [first], reason="Left")
    held = await one(
        "SELECT account_id, share FROM allocations"
        " WHERE deployment_id = :id AND released_at IS NULL",
        id=deployment_id,
    )
    assert held == (second, Decimal("0.5"))


async def test_a_deployment_moves_to_a_version_of_its_own_strategy_only(as_web: str) -> None:
    version_id = await make_version()
    strategy_id = await strategy_of(version_id)
    deployment_id = await make_deployment([await make_account()], version_id=version_id)
    async with begin(OPERATOR) as uow:
        newer = await strategies.add_version(uow, strategy_id, parameters={"leverage": "2"})
        await deployments.switch_version(uow, deployment_id, newer)
    stranger = await make_version()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="another strategy"):
            await deployments.switch_version(uow, deployment_id, stranger)
