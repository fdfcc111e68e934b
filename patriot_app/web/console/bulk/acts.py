"""What can be done to many: whom an act would meet, and doing it to one row."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.bulk_acts import (
    AccountAct,
    AssignmentAct,
    ClientAct,
    DeploymentAct,
    Verdict,
)
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import bulk_candidates
from patriot_app.core.services import accounts, deployments, risk_profiles, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web.actions import Outcome, perform
from patriot_app.web.auth import current_actor
from patriot_app.web.console.bulk.rows import (
    ACCOUNT_ACTS,
    ASSIGNMENT_ACTS,
    CLIENT_ACTS,
    DEPLOYMENT_ACTS,
    SHARES,
)
from patriot_app.web.parts.addresses import NOBODY, id_of

Service = Callable[..., Coroutine[Any, Any, None]]
CLIENTS, ACCOUNTS, DEPLOYMENTS, ASSIGNMENTS = "clients", "accounts", "deployments", "assignments"
ACTS = {
    CLIENTS: CLIENT_ACTS,
    ACCOUNTS: ACCOUNT_ACTS,
    DEPLOYMENTS: DEPLOYMENT_ACTS,
    ASSIGNMENTS: ASSIGNMENT_ACTS,
}
OF_FUND_MANAGERS = frozenset({DEPLOYMENTS, ASSIGNMENTS})
_SERVICES: dict[tuple[str, str], Service] = {
    (CLIENTS, ClientAct.APPROVE): users.approve,
    (CLIENTS, ClientAct.SUSPEND): users.suspend,
    (CLIENTS, ClientAct.REACTIVATE): users.reactivate,
    (ACCOUNTS, AccountAct.SUSPEND): accounts.suspend,
    (ACCOUNTS, AccountAct.ACTIVATE): accounts.activate,
    (DEPLOYMENTS, DeploymentAct.PAUSE): deployments.pause,
    (DEPLOYMENTS, DeploymentAct.RESUME): deployments.resume,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; all of it is text that was checked against what there is.

    Attributes:
        deployment: id of the deployment that accounts are given to or taken out of.
        share: per cent of each account's equity.
    """

    kind: str = CLIENTS
    act: str = "suspend"
    search: str = ""
    status: str = ""
    deployment: str = ""
    share: str = "100"

    @property
    def title(self) -> str:
        """What is done, in words."""
        return ACTS[self.kind][self.act]

    @property
    def needs(self) -> Permission:
        """What doing it takes."""
        is_theirs = self.kind in OF_FUND_MANAGERS
        return Permission.DEPLOYMENTS_WRITE if is_theirs else Permission.CLIENTS_WRITE


def wish_of(query: dict[str, str]) -> Wish:
    """Read an address; what makes no sense gives way to the first choice."""
    kind = query.get("kind", "")
    kind = kind if kind in ACTS else CLIENTS
    act, share = query.get("act", ""), query.get("share", "")
    return Wish(
        kind=kind,
        act=act if act in ACTS[kind] else next(iter(ACTS[kind])),
        search=query.get("q", "")[:200],
        status=query.get("status", "")[:40],
        deployment=query.get("deployment", "")[:40],
        share=share if share in SHARES else next(iter(SHARES)),
    )


async def candidates(wish: Wish) -> tuple[Verdict, ...]:
    """Return whom the act would meet, and who is skipped and why."""
    actor, narrowed = current_actor(), {"search": wish.search, "status": wish.status}
    if wish.kind == ASSIGNMENTS:
        deployment_id = id_of(wish.deployment)
        if deployment_id == NOBODY:
            return ()
        return await bulk_candidates.assignments(
            actor,
            AssignmentAct(wish.act),
            deployment_id,
            minimum=get_settings().minimum_balance(),
            **narrowed,
        )
    if wish.kind == DEPLOYMENTS:
        return await bulk_candidates.deployments(actor, DeploymentAct(wish.act), **narrowed)
    if wish.kind == ACCOUNTS:
        return await bulk_candidates.accounts(actor, AccountAct(wish.act), **narrowed)
    return await bulk_candidates.clients(actor, ClientAct(wish.act), **narrowed)


async def do(wish: Wish, row_id: str, *, reason: str) -> Outcome:
    """Do the act to one row, in a transaction of its own."""
    target = id_of(row_id)
    if wish.kind == ASSIGNMENTS:
        share = Decimal(wish.share) / 100
        return await perform(
            _assign if wish.act == AssignmentAct.ASSIGN else _release,
            id_of(wish.deployment),
            target,
            share,
            reason=reason,
            done="Done",
        )
    profile = ClientAct(wish.act).profile if wish.kind == CLIENTS else None
    if profile is not None:
        return await perform(
            risk_profiles.change, target, profile=profile, justification=reason, done="Done"
        )
    return await perform(_SERVICES[(wish.kind, wish.act)], target, reason=reason, done="Done")


async def _assign(
    uow: UnitOfWork, deployment_id: UUID, account_id: UUID, share: Decimal, *, reason: str
) -> None:
    await deployments.add_accounts(uow, deployment_id, {account_id: share}, reason=reason)


async def _release(
    uow: UnitOfWork, deployment_id: UUID, account_id: UUID, share: Decimal, *, reason: str
) -> None:
    await deployments.remove_accounts(uow, deployment_id, [account_id], reason=reason)
