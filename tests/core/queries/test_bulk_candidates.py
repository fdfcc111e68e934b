"""Who matches a bulk act, and who of them is skipped."""

from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.bulk_acts import (
    AccountAct,
    AssignmentAct,
    ClientAct,
    DeploymentAct,
)
from patriot_app.core.queries import bulk_candidates
from patriot_app.core.services import accounts, deployments, users
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    make_account,
    make_client,
    make_deployment,
)


async def test_each_row_says_whether_it_will_be_done(as_web: str) -> None:
    active, shut = await make_client(name="Bulk Ada"), await make_client(name="Bulk Bob")
    waiting = await make_client(name="Bulk Cyd", approved=False)
    await make_account(active, label="Main")
    await make_account(shut, label="Main")
    async with begin(OPERATOR) as uow:
        await users.suspend(uow, shut, reason="Papers have expired")
    found = await bulk_candidates.clients(OPERATOR, ClientAct.SUSPEND, search="Bulk")
    assert {one.id: one.why_not for one in found} == {
        str(active): "",
        str(shut): "Is suspended",
        str(waiting): "Awaits approval",
    }
    found_accounts = await bulk_candidates.accounts(OPERATOR, AccountAct.ACTIVATE, search="bulk")
    assert [(one.name, one.why_not) for one in found_accounts] == [
        ("Bulk Ada · Main", "Is active"),
        ("Bulk Bob · Main", "Its client: is suspended"),
    ]
    assert await bulk_candidates.clients(OPERATOR, ClientAct.SUSPEND, search="%") == ()


async def test_deployments_that_do_not_run_are_skipped_by_a_pause(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    running = await make_deployment([await make_account()])
    resting = await make_deployment([await make_account()], name="Bulk resting")
    async with begin(OPERATOR) as uow:
        await deployments.pause(uow, resting, reason="Thin books")
    found = await bulk_candidates.deployments(OPERATOR, DeploymentAct.PAUSE)
    verdicts = {one.id: one.why_not for one in found}
    assert verdicts[str(running)] == ""
    assert verdicts[str(resting)] == "Is paused"
    [again] = await bulk_candidates.deployments(OPERATOR, DeploymentAct.RESUME, search="bulk rest")
    assert (again.id, again.why_not) == (str(resting), "")
    assert again.name.endswith("accounts: 1")


async def test_accounts_are_told_apart_by_what_a_deployment_can_be_given(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    client_id = await make_client(name="Assigned Ada")
    inside, taken = (
        await make_account(client_id, label="A inside"),
        await make_account(client_id, label="B taken"),
    )
    await make_account(client_id, label="C free")
    shut = await make_account(client_id, label="D shut")
    async with begin(OPERATOR) as uow:
        await accounts.suspend(uow, shut, reason="Checked by the desk")
    deployment_id = await make_deployment([inside], name="Trend")
    await make_deployment([taken], name="Rival")

    async def verdicts(act: AssignmentAct, of: UUID, minimum: str = "0") -> list[tuple[str, str]]:
        found = await bulk_candidates.assignments(
            OPERATOR, act, of, minimum=Decimal(minimum), search="Assigned"
        )
        return [(one.name.rpartition(" ")[2], one.why_not) for one in found]

    assert await verdicts(AssignmentAct.ASSIGN, deployment_id) == [
        ("inside", "Is in this deployment already"),
        ("taken", "BTCUSDT belongs to Rival"),
        ("free", ""),
        ("shut", "Is suspended"),
    ]
    assert await verdicts(AssignmentAct.RELEASE, deployment_id) == [
        ("inside", ""),
        *[(name, "Is not in this deployment") for name in ("taken", "free", "shut")],
    ]
    poor = dict(await verdicts(AssignmentAct.ASSIGN, deployment_id, "100"))
    assert poor["free"].startswith("Its balance was never read")
    async with begin(OPERATOR) as uow:
        await deployments.stop(uow, deployment_id, close_positions=False, reason="Over")
    assert await verdicts(AssignmentAct.ASSIGN, deployment_id) == []
    offered = await bulk_candidates.deployments_to_fill(OPERATOR)
    assert [name for _, name in offered if name.startswith(("Trend", "Rival"))] == [
        "Rival: BTCUSDT"
    ]
