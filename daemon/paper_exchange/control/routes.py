"""The table of control paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from daemon.paper_exchange.clock import ClockReading
from daemon.paper_exchange.control.accounts import AccountControl
from daemon.paper_exchange.control.faults import FaultControl
from daemon.paper_exchange.control.market import MarketControl
from daemon.paper_exchange.control.serving import Work, serve
from daemon.paper_exchange.control.truth import TruthControl
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.journal import Journal
from daemon.paper_exchange.truth import TruthLog, TruthRecorder

PREFIX: Final = "/_paper"
_ACCOUNT: Final = "/accounts/{exchange}/{api_key}"
_TRUTH: Final = "/truth/{exchange}/{api_key}"


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """One control path and its work."""

    method: str
    path: str
    work: Work


@dataclass(frozen=True, slots=True)
class Desk:
    """What the control has in its hand."""

    host: PaperHost
    journal: Journal | None
    log: TruthLog
    recorder: TruthRecorder

    def keep_clock(self, reading: ClockReading) -> None:
        """Keep a changed clock over a restart, and in the ground truth."""
        if self.journal is not None:
            self.journal.record_clock(self.host.clock)
        self.recorder.record_clock(
            market_ms=reading.market_ms, speed=reading.speed, paused=reading.paused
        )


def control_routes(desk: Desk) -> tuple[ControlRoute, ...]:
    """Return every control path."""
    accounts, faults = AccountControl(desk.host), FaultControl(desk.host)
    market = MarketControl(desk.host, desk.keep_clock)
    truth = TruthControl(desk.host, desk.log)
    table: tuple[tuple[str, str, Work], ...] = (
        ("GET", "/health", market.health),
        ("GET", "/clock", market.read_clock),
        ("POST", "/clock", market.set_clock),
        ("POST", "/price", market.set_price),
        ("POST", "/insurance", market.set_insurance),
        ("GET", "/accounts", accounts.list_accounts),
        ("POST", "/accounts", accounts.create_account),
        ("GET", _ACCOUNT, accounts.show_account),
        ("POST", f"{_ACCOUNT}/deposit", accounts.deposit),
        ("POST", f"{_ACCOUNT}/withdraw", accounts.withdraw),
        ("POST", f"{_ACCOUNT}/permissions", accounts.set_permissions),
        ("POST", f"{_ACCOUNT}/fee_tier", accounts.set_fee_tier),
        ("POST", f"{_ACCOUNT}/close_position", accounts.close_position),
        ("GET", "/faults", faults.list_faults),
        ("POST", "/faults", faults.plan_fault),
        ("DELETE", "/faults", faults.clear_faults),
        ("GET", "/faults/kinds", faults.list_kinds),
        ("DELETE", "/faults/{fault_id}", faults.remove_fault),
        ("GET", "/truth", truth.read_log),
        ("GET", _TRUTH, truth.show_account),
        ("GET", f"{_TRUTH}/{{section}}", truth.read_history),
    )
    return tuple(ControlRoute(method, PREFIX + path, work) for method, path, work in table)


def mount_control(app: web.Application, desk: Desk) -> None:
    """Add the control routes."""
    for route in control_routes(desk):
        app.router.add_route(route.method, route.path, serve(route.work))
