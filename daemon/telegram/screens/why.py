"""/why: why a customer's accounts traded or did not, from the record of what was decided."""

import re
from datetime import UTC, date, datetime, time, timedelta

from daemon.telegram.screens.screen import Button, Screen, Viewer
from patriot_app.core.domain.fan_outs import Decision
from patriot_app.core.queries import own_decisions
from patriot_app.core.queries.own_decisions import OwnDecisions, ReasonView, StandingView

NAME = "why"
REASON_LENGTH_MAX = 200
NAMES_LENGTH_MAX = 80
DAYS_MAX = 366
_SYMBOL = re.compile(r"[A-Za-z0-9]{0,12}[A-Za-z][A-Za-z0-9]{1,12}")
"""A day such as 2026-05-01 is none."""


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read what was decided today, or between two days.

    Args:
        args: first day, day after the last, and a symbol; each may be missing.
    """
    symbol = next((one.upper() for one in args if _SYMBOL.fullmatch(one)), "")
    since, until = _days(viewer, tuple(one for one in args if not _SYMBOL.fullmatch(one)))
    found = await own_decisions.between(viewer.actor, since=since, until=until, symbol=symbol)
    return screen(viewer, found, since=since, until=until, symbol=symbol)


def screen(
    viewer: Viewer, found: OwnDecisions, *, since: datetime, until: datetime, symbol: str = ""
) -> Screen:
    """Lay out what was decided, then how the accounts stand; `symbol`: what was asked about."""
    last = min(until - timedelta(seconds=1), viewer.now)
    lines = [viewer.say("why.title", first=f"{since:%d.%m.%Y}", last=f"{last:%d.%m.%Y}")]
    if symbol:
        lines.append(viewer.say("why.symbol", symbol=symbol))
    if not found.accounts:
        lines.append(viewer.say("why.no_account"))
    else:
        lines += [_reason(viewer, one) for one in found.reasons] or [viewer.say("why.none")]
        lines += ["", *(_standing(viewer, one) for one in found.accounts)]
    rows = (
        (
            Button(viewer.label("nav.trades"), "trades"),
            Button(viewer.label("guess.person"), "faq", ("person",)),
        ),
    )
    return Screen("\n".join(lines), rows)


def _reason(viewer: Viewer, one: ReasonView) -> str:
    told = {
        "times": one.times,
        "symbols": _short(one.symbols),
        "accounts": _short(one.accounts),
        "ago": viewer.ago(one.last_at),
    }
    if one.decision is Decision.PLANNED:
        return viewer.say("why.planned", **told)
    reason = (one.reason or one.reason_code.replace("_", " ").lower())[:REASON_LENGTH_MAX]
    return viewer.say("why.kept", reason=reason, **told)


def _short(names: str) -> str:
    return names if len(names) <= NAMES_LENGTH_MAX else f"{names[: NAMES_LENGTH_MAX - 1]}…"


def _standing(viewer: Viewer, one: StandingView) -> str:
    if one.status != "active" or not one.is_ready:
        return viewer.say(
            "why.account", label=one.label, why=one.status_reason or one.why or one.status
        )
    return viewer.say("why.well" if one.has_strategy else "why.idle", label=one.label)


def _days(viewer: Viewer, args: tuple[str, ...]) -> tuple[datetime, datetime]:
    """Return the stretch of time; nonsense raises ValueError, which is told as not understood."""
    today = viewer.now.date()
    first = date.fromisoformat(args[0]) if args else today
    after = date.fromisoformat(args[1]) if len(args) > 1 else first + timedelta(days=1)
    if first >= after:
        raise ValueError("the first day is after the last")
    first = max(first, after - timedelta(days=DAYS_MAX))
    return _midnight(first), _midnight(after)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
