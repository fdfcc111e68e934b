"""/health, /keys and /fees: whether the machinery runs, which keys need a hand, what months brought."""

from collections.abc import Sequence

from daemon.telegram.screens.screen import Button, Screen, Viewer, page_of, paging
from patriot_app.core.queries import fee_periods, invoices, key_health, system
from patriot_app.core.queries.fee_periods import MonthProgress
from patriot_app.core.queries.invoices import InvoiceTotals
from patriot_app.core.queries.key_health import KeyCounts, KeyHealth
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.system import SystemView

HEALTH, KEYS, FEES = "health", "keys", "fees"
KEYS_PER_PAGE = 10
MONTHS_SHOWN = 3
GOOD_KEY = "verified"
BEAT_MAX_S = 30


async def show_health(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read how the machinery does."""
    return health_screen(viewer, await system.get(viewer.actor))


async def show_keys(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of keys, those with a problem first; `args`: page."""
    request = PageRequest(page=page_of(args), size=KEYS_PER_PAGE)
    found = await key_health.page(viewer.actor, request)
    bad = [one for one in found.items if one.key_status != GOOD_KEY or one.lockdown_rule]
    counts = await key_health.counts(viewer.actor)
    return keys_screen(viewer, counts, bad, page=found.page)


async def show_fees(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read how the last months stand and what is owed."""
    months = await fee_periods.progress(viewer.actor)
    return fees_screen(viewer, months, await invoices.totals(viewer.actor))


def health_screen(viewer: Viewer, found: SystemView) -> Screen:
    """Lay out processes, backlog and readiness."""
    failed = [one for one in found.jobs if one.error]
    lines = [viewer.say("health.title", condition=found.condition)]
    lines += [
        viewer.say(
            "health.beat",
            mark="🟢" if one.age_s <= BEAT_MAX_S else "🔴",
            role=one.role,
            process=one.process,
            age=f"{one.age_s:.0f}",
        )
        for one in found.beats
    ]
    lines += [
        "",
        viewer.say("health.ready", ready=found.readiness.ready, all=found.readiness.accounts),
        viewer.say(
            "health.backlog",
            commands=found.backlog.commands,
            fan_outs=found.backlog.fan_outs,
            mails=found.backlog.notifications,
            unknown=found.backlog.unknown_orders,
        ),
    ]
    lines += [viewer.say("health.job", job=one.job, error=one.error[:120]) for one in failed]
    rows = ((Button(viewer.label("refresh"), HEALTH), Button(viewer.label("back"), "status")),)
    return Screen("\n".join(lines), rows)


def keys_screen(
    viewer: Viewer, counts: KeyCounts, bad: Sequence[KeyHealth], *, page: int
) -> Screen:
    """Lay out how many keys are well, and those that are not."""
    lines = [
        viewer.say("keys.title", verified=counts.verified, all=counts.accounts),
        viewer.say(
            "keys.counts",
            waiting=counts.waiting,
            quarantined=counts.quarantined,
            locked=counts.locked_down,
            ending=counts.ending,
            without=counts.without,
        ),
    ]
    lines += [
        viewer.say(
            "keys.line",
            account=one.label,
            client=one.client,
            exchange=one.exchange,
            status=one.lockdown_rule or one.key_status,
            error=one.last_error[:160],
        )
        for one in bad
    ]
    if not bad:
        lines.append(viewer.say("keys.fine"))
    # Problems come first, so a page without one is the last that is worth a look.
    total = page * KEYS_PER_PAGE + (1 if len(bad) == KEYS_PER_PAGE else 0)
    rows = (
        *paging(viewer, KEYS, page=page, total=total, size=KEYS_PER_PAGE),
        (Button(viewer.label("refresh"), KEYS), Button(viewer.label("back"), "status")),
    )
    return Screen("\n\n".join(lines), rows)


def fees_screen(viewer: Viewer, months: Sequence[MonthProgress], owed: InvoiceTotals) -> Screen:
    """Lay out the newest months and the open invoices."""
    lines = [viewer.say("fees.title")]
    lines += [
        viewer.say(
            "fees.month",
            month=one.month,
            mandates=one.mandates,
            drafts=one.drafts,
            held=one.held,
            final=one.finalised,
            fees=viewer.money(one.fees, unit=""),
        )
        for one in months[:MONTHS_SHOWN]
    ]
    if not months:
        lines.append(viewer.say("fees.none"))
    lines.append(
        viewer.say(
            "fees.owed",
            open=owed.open,
            owed=viewer.money(owed.owed, unit=""),
            overdue=owed.overdue,
            late=viewer.money(owed.overdue_amount, unit=""),
        )
    )
    rows = ((Button(viewer.label("refresh"), FEES), Button(viewer.label("back"), "status")),)
    return Screen("\n\n".join(lines), rows)
