"""Every screen by its name, which is also its command; other modules show screens through here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from daemon.telegram.screens import (
    alerts,
    clients,
    desk,
    documents,
    fan_outs,
    faq,
    halts,
    incidents,
    machinery,
    pauses,
    performance,
    portfolio,
    positions,
    questions,
    recommend,
    settings,
    strategies,
    trades,
    welcome,
    why,
)
from daemon.telegram.screens.screen import Screen, Viewer
from patriot_app.core.unit_of_work import UnitOfWork

Show = Callable[[Viewer, tuple[str, ...]], Awaitable[Screen]]
CarryOut = Callable[[UnitOfWork, Viewer, tuple[str, ...]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Act:
    """What a button or a typed code carries out.

    Attributes:
        then: the screen that is shown afterwards below what was said.
    """

    carry_out: CarryOut
    then: str


SCREENS: Mapping[str, Show] = {
    portfolio.NAME: portfolio.show,
    positions.NAME: positions.show,
    trades.NAME: trades.show,
    performance.NAME: performance.show,
    documents.STATEMENTS: documents.show_statements,
    documents.INVOICES: documents.show_invoices,
    strategies.NAME: strategies.show,
    pauses.PAUSE: pauses.show_pause,
    welcome.CONNECT: welcome.show_connect,
    desk.STATUS: desk.show_status,
    desk.TABLE: desk.show_table,
    clients.NAME: clients.show,
    desk.EXPOSURE: desk.show_exposure,
    fan_outs.NAME: fan_outs.show,
    machinery.KEYS: machinery.show_keys,
    machinery.FEES: machinery.show_fees,
    machinery.HEALTH: machinery.show_health,
    incidents.NAME: incidents.show,
    halts.HALT: halts.show_halt,
    halts.REDUCE: halts.show_reduce,
    halts.FLATTEN: halts.show_flatten,
    pauses.RESUME: pauses.show_resume,
    alerts.NAME: alerts.show,
    why.NAME: why.show,
    questions.NAME: questions.show,
    faq.NAME: faq.show,
    recommend.NAME: recommend.show,
    settings.SETTINGS: settings.show_settings,
    settings.MUTE: settings.show_mute,
    welcome.WEB: welcome.show_web,
}
"""In the order of the menu."""
ACTS: Mapping[str, Act] = {
    alerts.NAME: Act(alerts.acknowledge, then=alerts.NAME),
    incidents.NAME: Act(incidents.acknowledge, then=incidents.NAME),
    pauses.PAUSE: Act(pauses.pause, then=pauses.PAUSE),
    pauses.RESUME: Act(pauses.resume, then=pauses.RESUME),
    settings.SETTINGS: Act(settings.change, then=settings.SETTINGS),
    settings.MUTE: Act(settings.mute, then=settings.MUTE),
    recommend.NAME: Act(recommend.issue, then=recommend.NAME),
    strategies.NAME: Act(strategies.change, then=strategies.NAME),
    halts.HALT: Act(halts.halt, then=pauses.RESUME),
    halts.REDUCE: Act(halts.reduce_only, then=pauses.RESUME),
    halts.FLATTEN: Act(halts.flatten, then=pauses.RESUME),
    halts.LIFT: Act(halts.lift, then=pauses.RESUME),
}
