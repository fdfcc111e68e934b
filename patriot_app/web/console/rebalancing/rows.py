"""Rebalancings as text: what the next would do, runs, and their accounts."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.rebalancing import DryRun, PlannedAccount, Run, RunStep
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STEPS: dict[str, tuple[Tone, str]] = {
    "pending": ("info", "To do"),
    "applied": ("positive", "Shares change"),
    "refused": ("danger", "Refused"),
    "over": ("warning", "Larger than its share"),
    "unchanged": ("neutral", "Unchanged"),
}
RUNS: dict[str, tuple[Tone, str]] = {
    "running": ("info", "Under way"),
    "done": ("positive", "Done"),
}
WHY = {"schedule": "On schedule", "person": "By hand"}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of a dry run or of a run."""

    id: str
    account: str
    client: str
    state: str
    outcome: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One rebalancing; `result` is its progress while it is under way."""

    id: str = ""
    began: Moment = field(default_factory=Moment)
    due: str = ""
    why: str = ""
    reason: str = ""
    state: str = ""
    result: str = ""


def planned_row(one: PlannedAccount) -> AccountRow:
    """Show what would become of an account."""
    return AccountRow(
        id=str(one.account_id),
        account=one.account,
        client=one.client,
        state=one.state.value,
        outcome=one.outcome,
        due="" if one.effective_at is None else f"{one.effective_at:%Y-%m-%d %H:%M} UTC",
    )


def step_row(one: RunStep) -> AccountRow:
    """Show what became of an account."""
    return AccountRow(str(one.account_id), one.account, one.client, one.state, one.outcome)


def run_row(one: Run, *, now: datetime) -> RunRow:
    """Show a rebalancing."""
    return RunRow(
        id=str(one.id),
        began=format.moment(one.started_at, now=now),
        due=f"{one.due_at:%Y-%m-%d %H:%M} UTC",
        why=WHY.get(one.trigger, one.trigger),
        reason=one.reason,
        state=one.state,
        result=_result(one),
    )


def dry_words(found: DryRun) -> str:
    """Say in one line what the next rebalancing would do."""
    if not found.accounts:
        return "No account follows a strategy."
    looked = format.plural(len(found.planned), "account")
    return (
        f"{looked} of {found.accounts} with something to look at; no order would be sent."
        if found.planned
        else f"Nothing: the shares of all {found.accounts} accounts stay as they are."
    )


def _result(one: Run) -> str:
    if one.accounts is None:
        return "Looking at the accounts"
    done = one.steps - one.pending
    if one.pending:
        return f"{done} of {one.steps} done"
    return (
        f"{one.accounts} looked at: {one.applied} changed, {one.refused} refused,"
        f" {one.over} larger than their share"
    )
