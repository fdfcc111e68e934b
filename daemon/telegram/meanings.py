"""Which screen answers a meaning: the same that the command shows, with what the message named.

A request to act leads to the screen that asks; nothing is done here.
"""

from collections.abc import Mapping

from daemon.plain_words.entities import Entities
from daemon.plain_words.intents import Intent
from daemon.plain_words.periods import NamedPeriod
from daemon.plain_words.recogniser import Understanding
from daemon.telegram import gate
from daemon.telegram.screens.registry import SCREENS
from daemon.telegram.screens.screen import Viewer
from daemon.telegram.words import CATALOGUE
from patriot_app.core.domain import faq
from patriot_app.core.domain.permissions import Actor

Target = tuple[str, tuple[str, ...]]
QUOTE = "USDT"
_SPANS = ((1, "day"), (7, "week"), (31, "month"), (366, "year"))

_SCREENS: Mapping[Intent, tuple[str, ...]] = {
    Intent.PORTFOLIO: ("portfolio", "status"),
    Intent.BALANCE: ("portfolio", "status"),
    Intent.PERFORMANCE: ("performance", "status"),
    Intent.POSITIONS: ("positions", "exposure"),
    Intent.TRADES: ("trades", "fanouts"),
    Intent.ORDERS: ("orders", "positions", "fanouts"),
    Intent.WHY_NO_TRADE: ("why", "fanouts"),
    Intent.FEES: ("invoices", "fees"),
    Intent.STATEMENT: ("statements", "fees"),
    Intent.STRATEGIES: ("strategies", "status"),
    Intent.CHANGE_ALLOCATION: ("strategies",),
    Intent.PAUSE: ("pause",),
    Intent.RESUME: ("resume",),
    Intent.ALERTS: ("alerts",),
    Intent.SETTINGS: ("settings",),
    Intent.CONNECT_EXCHANGE: ("connect", "faq"),
    Intent.PERSON: ("faq",),
    Intent.DESK_STATUS: ("status",),
    Intent.CLIENTS: ("clients",),
    Intent.EXPOSURE: ("exposure",),
    Intent.FAN_OUTS: ("fanouts",),
    Intent.PROBLEM_KEYS: ("keys",),
    Intent.HEALTH: ("health",),
    Intent.HALT: ("halt",),
    Intent.REDUCE_ONLY: ("reduceonly",),
    Intent.FLATTEN: ("flatten",),
    Intent.LIFT_HALT: ("resume",),
}
"""The first that there is and that the person may see answers; members of the desk have no money of
their own here, so theirs come second."""


def target_of(intent: Intent, entities: Entities, person: Actor) -> Target | None:
    """Return the screen and its arguments; None: the chat has none for this person."""
    if intent.value.startswith("faq_"):
        return _permitted(("faq",), person, (intent.value.removeprefix("faq_"),))
    names = _SCREENS.get(intent, ())
    found = _permitted(names, person, ())
    return None if found is None else (found[0], _arguments(found[0], intent, entities))


def has_screen(intent: Intent, person: Actor) -> bool:
    """Tell whether a guess leads anywhere."""
    return target_of(intent, Entities(), person) is not None


def title_of(viewer: Viewer, intent: Intent) -> str:
    """Return what a button for a meaning says; empty: it is not offered."""
    told = faq.answer(intent.value.removeprefix("faq_"), viewer.language)
    if told is not None:
        return told.title
    key = f"guess.{intent.value}"
    return viewer.label(key) if key in CATALOGUE[viewer.language] else ""


def caution(viewer: Viewer, understood: Understanding) -> str:
    """Return what must be said above a screen that does not show quite what was asked, or ""."""
    period = understood.entities.period
    is_over = period is not None and period.end <= viewer.now.date()
    return viewer.say("plain.to_now") if understood.intent is Intent.PERFORMANCE and is_over else ""


def _permitted(names: tuple[str, ...], person: Actor, args: tuple[str, ...]) -> Target | None:
    for name in names:
        if name in SCREENS and gate.may(f"/{name}", person):
            return name, args
    return None


def _arguments(name: str, intent: Intent, entities: Entities) -> tuple[str, ...]:
    period = entities.period
    if name in ("positions", "trades"):
        return ("1", f"{entities.coin}{QUOTE}") if entities.coin else ("1",)
    if name == "portfolio" and entities.exchange:
        return (entities.exchange,)
    if name == "performance" and period is not None:
        return (_span(period),)
    if name == "why":
        days = () if period is None else (period.start.isoformat(), period.end.isoformat())
        return (*days, f"{entities.coin}{QUOTE}") if entities.coin else days
    if name == "faq":
        return ("person" if intent is Intent.PERSON else intent.value,)
    return ()


def _span(period: NamedPeriod) -> str:
    days = (period.end - period.start).days
    return next((name for most, name in _SPANS if days <= most), "all")
