"""Positions have their stop, limits hold and exits only reduce (T9 to T11)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from patriot_app.core.domain.risk_limits import DEFAULTS, LimitName
from tests.simulation.checkers.findings import Findings
from tests.simulation.desk import ACCOUNTS
from tests.simulation.prices import SYMBOLS

if TYPE_CHECKING:
    from tests.simulation.world import World

UNPROTECTED_S_MAX = 11.0
"""The promise of 10 s, and what the harness sees only twice a second."""
ALARM_S_MAX = 10.0 + 30.0
"""The promise and one round of the audit: whoever owns the shard has told somebody by then."""


def check_protected(world: "World") -> Findings:
    """T9: a position of ours has its stop within 10 s, but for the seconds that faults explain.

    Which fault explains how many is in `excuses`; seconds without an owner of the shard do not count
    either. However well explained: what lasts is told to a person. A case is a position that stood
    without its stop when somebody looked.
    """
    watch = world.watch
    found = [
        f"{holding} had no stop for {seconds:.1f} s without a reason"
        for holding, seconds in watch.unexcused_s.items()
        if seconds > UNPROTECTED_S_MAX
    ]
    told = {
        row[0]
        for row in world.database.read(
            "SELECT subject_id FROM events WHERE type = 'PositionUnprotected'"
        )
    }
    found += [
        f"{account.id} {symbol} had no stop for {seconds:.1f} s, untold"
        for account in ACCOUNTS
        for symbol in SYMBOLS
        if (seconds := watch.watched_s.get((account.key, symbol), 0.0)) > ALARM_S_MAX
        and account.id not in told
    ]
    parked = {
        row[0]
        for row in world.database.read(
            "SELECT account_id FROM account_states WHERE parked_reason <> ''"
        )
    }
    found += [
        f"{account.id} rests without a stop for {symbol}"
        for account in ACCOUNTS
        for symbol in SYMBOLS
        if account.id not in parked and world.history.is_naked(account, symbol)
    ]
    return Findings(len(watch.naked_s), found)


def check_limits(world: "World") -> Findings:
    """T10: an entry never carries a position beyond its limit and one lot. A case is an entry."""
    found, cases = [], 0
    for one in world.history.accepted:
        if one.booked is None or one.booked.leg != "entry":
            continue
        cases += 1
        market = world.venue.engines[one.account.exchange.value].market(one.symbol)
        notional = abs(one.position + one.quantity) * market.last_price
        # The price may have moved since by as much as the script lets it leap.
        if notional > DEFAULTS[LimitName.POSITION_NOTIONAL] * Decimal("1.1"):
            found.append(f"{one.client_order_id} makes {notional}")
    return Findings(cases, found)


def check_exits(world: "World") -> Findings:
    """T11: what is to reduce a position never enlarges or turns it. A case is an exit or a leg."""
    found = [f"{name} enlarged a position" for name in world.history.enlarged]
    exits = [
        one
        for one in world.history.accepted
        if one.booked is not None and one.booked.leg != "entry"
    ]
    for one in exits:
        assert one.booked is not None
        if not one.is_reduce_only:
            found.append(f"{one.client_order_id}, a {one.booked.leg}, is not reduce-only")
    return Findings(len(exits), found)
