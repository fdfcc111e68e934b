"""Every screen by its name, which is also its command; other modules show screens through here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from daemon.telegram.screens import (
    alerts,
    clients,
    desk,
    fan_outs,
    machinery,
    performance,
    portfolio,
    positions,
    trades,
)
from daemon.telegram.screens.screen import Screen, Viewer
from patriot_app.core.unit_of_work import UnitOfWork

Show = Callable[[Viewer, tuple[str, ...]], Awaitable[Screen]]
CarryOut = Callable[[UnitOfWork, Viewer, tuple[str, ...]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Act:
    """What a button or a typed code carries out.

    Attributes:
        then: the screen that is shown afterwards below what was said; "" for none.
    """

    carry_out: CarryOut
    then: str = ""


SCREENS: Mapping[str, Show] = {
    portfolio.NAME: portfolio.show,
    positions.NAME: positions.show,
    trades.NAME: trades.show,
    performance.NAME: performance.show,
    desk.STATUS: desk.show_status,
    desk.TABLE: desk.show_table,
    clients.NAME: clients.show,
    desk.EXPOSURE: desk.show_exposure,
    fan_outs.NAME: fan_outs.show,
    machinery.KEYS: machinery.show_keys,
    machinery.FEES: machinery.show_fees,
    machinery.HEALTH: machinery.show_health,
    alerts.NAME: alerts.show,
}
"""In the order of the menu."""
ACTS: Mapping[str, Act] = {alerts.NAME: Act(alerts.acknowledge, then=alerts.NAME)}
