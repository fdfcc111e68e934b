"""Who matches a bulk act, and who of them is skipped."""

from patriot_app.core.domain.bulk_acts import AccountAct, ClientAct, DeploymentAct
from patriot_app.core.queries import bulk_candidates
from patriot_app.core.services import deployments, users
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
    accounts = await bulk_candidates.accounts(OPERATOR, AccountAct.ACTIVATE, search="bulk")
    assert [(one.name, one.why_not) for one in accounts] == [
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
