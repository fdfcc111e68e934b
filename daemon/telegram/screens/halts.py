"""/halt, /reduceonly, /flatten and /resume: what they would stop is counted before anybody decides.

Each takes two steps: a reason, then a code to type or a proof of identity on the web page, as the
permission matrix asks for. Time out means no.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import REACH_OF_SCOPE, HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import (
    Actor,
    Permission,
    grant_of,
    needs_two_persons,
)
from patriot_app.core.domain.telegram import QUESTION_LASTS
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries import accounts, halt_effects, risk, strategies, users
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.risk import HaltView
from patriot_app.core.services import halts
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

HALT, REDUCE, FLATTEN, LIFT = "halt", "reduceonly", "flatten", "lift"
LEVELS = {
    HALT: (HaltLevel.CANCEL_ENTRIES, TradingState.HALTED),
    REDUCE: (HaltLevel.NO_ENTRIES, TradingState.REDUCING),
    FLATTEN: (HaltLevel.FLATTEN, TradingState.HALTED),
}
REASONS = ("market", "exchange", "strategy", "precaution")
STRATEGIES_SHOWN = 6
HALTS_SHOWN = 10
PAGE_OF_HALTS = "/kill-switch"


@dataclass(frozen=True, slots=True)
class Target:
    """A scope that was chosen, with its name; empty for the desk."""

    scope: HaltScope
    scope_id: str
    name: str


async def show_halt(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Ask what is to be halted, or count what it stops."""
    return await _show(HALT, viewer, args)


async def show_reduce(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Ask where nothing may open any more, or count what that keeps out."""
    return await _show(REDUCE, viewer, args)


async def show_flatten(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Ask what is to be closed, or count it."""
    return await _show(FLATTEN, viewer, args)


async def show_halts(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the halts in force; with an id, what goes on when that one is lifted."""
    found = await risk.active_halts(viewer.actor)
    for one in found:
        if args and str(one.id) == args[0]:
            scope = HaltScope(one.scope)
            effect = await halt_effects.effect(viewer.actor, scope, one.scope_id)
            return lift_screen(viewer, one, effect)
    return halts_screen(viewer, found)


async def _show(name: str, viewer: Viewer, args: tuple[str, ...]) -> Screen:
    if not args:
        request = PageRequest(size=STRATEGIES_SHOWN)
        known = await strategies.page(viewer.actor, request)
        return choose_screen(viewer, name, [(str(one.id), one.name) for one in known.items])
    target = await target_of(viewer.actor, args)
    effect = await halt_effects.effect(viewer.actor, target.scope, target.scope_id)
    return preview_screen(viewer, name, target, effect)


async def target_of(actor: Actor, args: tuple[str, ...]) -> Target:
    """Return the one scope that buttons or words mean.

    Raises:
        NotFound: nothing; Refused: several.
    """
    kind, words = args[0].lower(), " ".join(args)
    if kind == HaltScope.DESK:
        return Target(HaltScope.DESK, "", "")
    if kind in set(Exchange):
        return Target(HaltScope.EXCHANGE, kind, kind.capitalize())
    if kind == HaltScope.STRATEGY and len(args) == 2:
        found = await strategies.detail(actor, UUID(args[1]))
        return Target(HaltScope.STRATEGY, args[1], found.summary.name)
    request = PageRequest(size=2, search=words)
    options = [
        Target(HaltScope.STRATEGY, str(one.id), one.name)
        for one in (await strategies.page(actor, request)).items
    ]
    options += [
        Target(HaltScope.CLIENT, str(one.id), one.name)
        for one in (await users.page(actor, request)).items
    ]
    if not options:
        options += [
            Target(HaltScope.ACCOUNT, str(one.id), f"{one.client_name} · {one.label}")
            for one in (await accounts.page(actor, request)).items
        ]
    if not options:
        raise NotFound(f"There is no strategy, client or account {words}")
    if len(options) > 1:
        raise Refused(f"{words} means more than one; write more of its name")
    return options[0]


def choose_screen(viewer: Viewer, name: str, known: Sequence[tuple[str, str]]) -> Screen:
    """Lay out the scopes."""
    rows = [
        (Button(viewer.label("halt.desk"), name, (HaltScope.DESK.value,)),),
        tuple(Button(one.value.capitalize(), name, (one.value,)) for one in Exchange),
        *(
            (Button(label[:40], name, (HaltScope.STRATEGY.value, strategy_id)),)
            for strategy_id, label in known
        ),
        (Button(viewer.label("cancel"), "status"),),
    ]
    return Screen(f"{viewer.say(f'{name}.title')}\n{viewer.say('halt.choose')}", tuple(rows))


def preview_screen(viewer: Viewer, name: str, target: Target, effect: HaltEffect) -> Screen:
    """Lay out what would be stopped, with a button for each reason."""
    level, _ = LEVELS[name]
    subject = target.name or viewer.label("halt.desk")
    lines = [
        viewer.say(f"{name}.title"),
        viewer.say("halt.subject", subject=subject),
        viewer.say("halt.accounts", accounts=effect.accounts, deployments=effect.deployments),
    ]
    if level is not HaltLevel.NO_ENTRIES:
        lines.append(viewer.say("halt.entries", count=effect.working_entries))
    key = "flatten.positions" if name == FLATTEN else "halt.positions"
    amount = viewer.money(effect.notional)
    lines.append(viewer.say(key, count=effect.open_positions, amount=amount))
    reach = REACH_OF_SCOPE[target.scope]
    if name == FLATTEN and needs_two_persons(viewer.actor, Permission.FLATTEN, reach):
        lines.append(viewer.say("flatten.two", link=get_settings().public_url + PAGE_OF_HALTS))
        return Screen("\n".join(lines), ((Button(viewer.label("back"), name),),))
    lines.append(viewer.say("halt.why"))
    permission = Permission.FLATTEN if name == FLATTEN else Permission.HALT_RAISE
    press = second_step(viewer.actor, permission)
    given = (target.scope.value, target.scope_id)
    buttons = [
        Button(viewer.label(f"reason.{reason}"), name, (*given, reason), press)
        for reason in REASONS
    ]
    cancel = (Button(viewer.label("cancel"), "status"),)
    return Screen(
        "\n".join(lines), (tuple(buttons[:2]), tuple(buttons[2:]), cancel), lasts=QUESTION_LASTS
    )


def halts_screen(viewer: Viewer, found: Sequence[HaltView]) -> Screen:
    """Lay out the halts in force with a button for each."""
    back = (Button(viewer.label("refresh"), "resume"), Button(viewer.label("back"), "status"))
    if not found:
        return Screen(viewer.say("lift.none"), (back,))
    lines = [viewer.say("lift.title", count=len(found))]
    for number, one in enumerate(found[:HALTS_SHOWN], start=1):
        lines.append(
            viewer.say(
                "lift.line",
                number=number,
                subject=one.subject or one.scope,
                level=one.level,
                reason=one.reason,
                by=one.raised_by,
                ago=viewer.ago(one.raised_at),
            )
        )
    picked = tuple(
        Button(str(number), "resume", (str(one.id),))
        for number, one in enumerate(found[:HALTS_SHOWN], start=1)
    )
    return Screen("\n\n".join(lines), (picked, back))


def lift_screen(viewer: Viewer, halt: HaltView, effect: HaltEffect) -> Screen:
    """Lay out what may trade again, and who has proposed it already."""
    to_level = halt.lowering_to or 0
    lines = [
        viewer.say("lift.ask", subject=halt.subject or halt.scope, level=halt.level),
        viewer.say("halt.accounts", accounts=effect.accounts, deployments=effect.deployments),
    ]
    if halt.lowering_by:
        lines.append(viewer.say("lift.proposed", by=halt.lowering_by, reason=halt.lowering_reason))
    press = second_step(viewer.actor, Permission.HALT_LIFT)
    args = (str(halt.id), str(to_level))
    rows = (
        (Button(viewer.label("lift.go"), LIFT, args, press),),
        (Button(viewer.label("cancel"), "resume"),),
    )
    return Screen("\n".join(lines), rows, lasts=QUESTION_LASTS)


def second_step(actor: Actor, permission: Permission) -> Press:
    """Return what the matrix asks for: a proof of identity, or a code that is typed."""
    grant = grant_of(actor.roles, permission)
    return Press.PROVE if grant is not None and grant.step_up else Press.TYPE


async def halt(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Halt the scope."""
    return await _raise(uow, viewer, HALT, args)


async def reduce_only(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Let nothing open in the scope."""
    return await _raise(uow, viewer, REDUCE, args)


async def flatten(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Halt the scope and close what is open there."""
    return await _raise(uow, viewer, FLATTEN, args)


async def lift(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Let a scope trade again, or lower its halt to what was proposed."""
    halt_id, to_level = UUID(args[0]), int(args[1])
    lowered = await halts.lower_halt(
        uow,
        halt_id,
        to_level=HaltLevel(to_level) if to_level else None,
        reason=viewer.label("lift.reason"),
    )
    return viewer.say("lift.done" if lowered.is_done else "lift.waits")


async def _raise(uow: UnitOfWork, viewer: Viewer, name: str, args: tuple[str, ...]) -> str:
    level, state = LEVELS[name]
    scope, scope_id, reason = args
    raised = await halts.raise_halt(
        uow,
        scope=HaltScope(scope),
        scope_id=scope_id,
        level=level,
        state=state,
        reason=viewer.label(f"reason.{reason}"),
    )
    return viewer.say(f"{name}.done", count=raised.accounts)
