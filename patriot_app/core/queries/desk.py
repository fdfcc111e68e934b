"""What the frame around every page shows: mode, halts, and whether the daemon lives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from patriot_app.core.db.maintenance_windows import ALL_LIVE, windows_of
from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.conditions import Cause, Condition, Trading, Why
from patriot_app.core.domain.maintenance import Window
from patriot_app.core.domain.permissions import VISITOR, Actor
from patriot_app.core.errors import Refused
from patriot_app.core.queries.reader import reading
from patriot_app.core.settings import get_settings


@dataclass(frozen=True, slots=True)
class Frame:
    """The state of the desk in a few words.

    Attributes:
        mode: the most serious mode of any account: live, testnet, demo or paper.
        halt: why trading stands still; empty: it does not.
        condition: whether the desk trades, by what its traders say of themselves.
        beat_at: last sign of life of any daemon.
        maintenance: windows that are planned or running, soonest first.
    """

    mode: str
    halt: str
    beat_at: datetime | None
    condition: Condition
    maintenance: tuple[Window, ...] = ()


_FRAME = text(
    """
    SELECT (SELECT mode FROM accounts WHERE status <> 'disabled'
             ORDER BY array_position(ARRAY['live', 'testnet', 'demo', 'paper'], mode::text)
             LIMIT 1) AS mode,
           (SELECT max(beat_at) FROM heartbeats) AS beat_at,
           (SELECT count(*) FROM halts WHERE lifted_at IS NULL) AS halts,
           (SELECT reason FROM halts WHERE lifted_at IS NULL AND scope = 'desk'
             ORDER BY raised_at DESC LIMIT 1) AS desk_reason
    """
)


_TRADERS = text(
    """
    SELECT coalesce(details ->> 'trading', 'not trading') AS trading,
           coalesce(details -> 'reasons', '[]') AS reasons
      FROM heartbeats
     WHERE role IN ('trader', 'all') AND beat_at > now() - interval '15 seconds'
     ORDER BY process
    """
)


async def frame(actor: Actor) -> Frame:
    """Return what the frame shows."""
    async with reading(actor) as session:
        row = (await session.execute(_FRAME)).one()
        beats = (await session.execute(_TRADERS)).all()
        windows = windows_of(await session.execute(ALL_LIVE))
    mode = row.mode or AccountMode.PAPER.value
    if mode == AccountMode.PAPER.value and get_settings().demo:
        mode = "demo"
    return Frame(
        mode=mode,
        halt=_halt_text(row.halts, row.desk_reason),
        beat_at=row.beat_at,
        condition=_condition(beats),
        maintenance=windows,
    )


def _halt_text(halts: int, desk_reason: str | None) -> str:
    if desk_reason is not None:
        return f"Trading is halted for the whole desk: {desk_reason}"
    if halts:
        return f"{halts} {'halt is' if halts == 1 else 'halts are'} in force"
    return ""


async def condition() -> Condition:
    """Return whether the desk trades, by what its traders say of themselves and by its halts."""
    async with reading(VISITOR) as session:
        beats = (await session.execute(_TRADERS)).all()
    return _condition(beats)


def _condition(beats: Sequence[Row[Any]]) -> Condition:
    if not beats:
        why = Why(Cause.NO_TRADER, "No trader has been heard of for 15 s")
        return Condition(Trading.NOT_TRADING, (why,))
    words = {beat.trading for beat in beats}
    why_all = tuple(dict.fromkeys(_why(told) for beat in beats for told in beat.reasons))
    if words == {Trading.TRADING}:
        return Condition(Trading.TRADING)
    # Where one of several traders trades, the desk does, though not at its best.
    is_down = words == {Trading.NOT_TRADING}
    return Condition(Trading.NOT_TRADING if is_down else Trading.DEGRADED, why_all)


def _why(told: Mapping[str, Any]) -> Why:
    since = told.get("since")
    return Why(Cause(told["cause"]), told["text"], datetime.fromisoformat(since) if since else None)


async def is_reachable() -> bool:
    """Tell whether the database answers; for readiness."""
    try:
        async with reading(VISITOR) as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, Refused, OSError):
        return False
    return True
