"""/strategies: what follows which account, and asking for another share with its risk check."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from uuid import UUID

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer, per_cent
from patriot_app.core.domain.allocation_changes import FindingLevel
from patriot_app.core.domain.telegram import QUESTION_LASTS
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import allocations
from patriot_app.core.queries.allocations import AccountDivision, ChangePreview
from patriot_app.core.services import allocation_changes
from patriot_app.core.unit_of_work import UnitOfWork

NAME = "strategies"
SHARE, WITHDRAW = "share", "withdraw"
OFFERED = ("0.05", "0.1", "0.2", "0.3", "0.5", "0.75", "1")
MARKS = {FindingLevel.REFUSES: "⛔", FindingLevel.TOUCHES: "⚠️", FindingLevel.NOTE: "•"}


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read what follows one's accounts.

    Args:
        args: nothing; "share", account and deployment, to choose; with a fraction, to see what that
            would mean.
    """
    if len(args) == 3 and args[0] == SHARE:
        return choose_screen(
            viewer, await allocations.get(viewer.actor, UUID(args[1])), UUID(args[2])
        )
    if len(args) == 4 and args[0] == SHARE:
        account_id = UUID(args[1])
        found = await allocations.get(viewer.actor, account_id)
        shares = {**found.account.shares, UUID(args[2]): _fraction(args[3])}
        preview = await allocations.preview(viewer.actor, account_id, shares)
        return preview_screen(viewer, preview, UUID(args[2]), args[3])
    return screen(viewer, await allocations.of_client(viewer.actor, viewer.person_id))


def screen(viewer: Viewer, found: Sequence[AccountDivision]) -> Screen:
    """Lay out the accounts with their strategies and a button for each share."""
    back = (Button(viewer.label("nav.portfolio"), "portfolio"),)
    if not found:
        return Screen(viewer.say("strategies.none"), (back,))
    blocks, rows = [viewer.say("strategies.title")], []
    for one in found:
        account = str(one.account.account_id)
        names = {held.deployment_id: held.name for held in one.account.holdings}
        lines = [viewer.say("strategies.account", label=one.account.label)]
        for held in one.account.holdings:
            lines.append(viewer.say("strategies.line", name=held.name, share=per_cent(held.share)))
            rows.append((Button(held.name[:40], NAME, (SHARE, account, str(held.deployment_id))),))
        if one.waiting is not None:
            wanted = ", ".join(
                f"{names.get(key, '?')} {per_cent(share)}"
                for key, share in one.waiting.shares.items()
            )
            at = f"{one.waiting.effective_at:%d.%m. %H:%M}"
            lines.append(viewer.say("strategies.waits", shares=wanted, at=at))
            taken_back = viewer.label("strategies.withdraw", label=one.account.label)
            rows.append((Button(taken_back[:60], NAME, (WITHDRAW, account), Press.DO),))
        blocks.append("\n".join(lines))
    return Screen("\n\n".join(blocks), (*rows, back))


def choose_screen(viewer: Viewer, found: AccountDivision, deployment_id: UUID) -> Screen:
    """Lay out the shares to choose from."""
    name = _name_of(found, deployment_id)
    given = (SHARE, str(found.account.account_id), str(deployment_id))
    buttons = [Button(per_cent(Decimal(one)), NAME, (*given, one)) for one in OFFERED]
    rows = (tuple(buttons[:4]), tuple(buttons[4:]), (Button(viewer.label("back"), NAME),))
    share = per_cent(found.account.shares[deployment_id])
    return Screen(viewer.say("strategies.choose", name=name, share=share), rows)


def preview_screen(
    viewer: Viewer, preview: ChangePreview, deployment_id: UUID, fraction: str
) -> Screen:
    """Lay out what the risk check finds, and the confirmation unless it forbids the change."""
    account = preview.account
    [name] = [one.name for one in account.holdings if one.deployment_id == deployment_id]
    lines = [
        viewer.say(
            "strategies.ask",
            name=name,
            label=account.label,
            before=per_cent(account.shares[deployment_id]),
            after=per_cent(preview.shares[deployment_id]),
            at=f"{preview.effective_at:%d.%m. %H:%M}",
        )
    ]
    lines += [
        viewer.say("strategies.finding", mark=MARKS[one.level], subject=one.subject, text=one.text)
        for one in preview.findings
    ]
    args = (SHARE, str(account.account_id), str(deployment_id), fraction)
    cancel = Button(viewer.label("cancel"), NAME)
    if preview.is_refused:
        lines.append(viewer.say("strategies.refused"))
        return Screen("\n".join(lines), ((cancel,),))
    confirm = Button(viewer.label("strategies.yes"), NAME, args, Press.DO)
    return Screen("\n".join(lines), ((confirm, cancel),), lasts=QUESTION_LASTS)


async def change(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Ask for the share that was shown, or take back what waits."""
    account_id = UUID(args[1])
    if args[0] == WITHDRAW:
        await allocation_changes.withdraw(uow, account_id)
        return viewer.say("strategies.withdrawn")
    account = await allocation_changes.own_account(uow.session, uow.actor, account_id, now=uow.now)
    shares = {**account.shares, UUID(args[2]): _fraction(args[3])}
    due_at = await allocation_changes.ask(uow, account_id, shares)
    return viewer.say("strategies.asked", at=f"{due_at:%d.%m. %H:%M}")


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Invalid({"share": "must be a fraction such as 0.2"}) from error


def _name_of(found: AccountDivision, deployment_id: UUID) -> str:
    for one in found.account.holdings:
        if one.deployment_id == deployment_id:
            return one.name
    raise NotFound("This account does not follow that strategy")
