"""Compare what we believe with what the exchange reports; differences are recorded, never traded.

A difference counts only when two clean readings in a row show it while nothing is in flight:
between a fill and its event the two sides differ for a moment.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.orders import OrderReport
from patriot_app.core.domain.positions import PositionReport
from patriot_app.core.ids import derived_id

_ZERO = Decimal(0)


class DiscrepancyKind(StrEnum):
    POSITION_DIFFERS = "position_differs"
    POSITION_UNKNOWN = "position_unknown"
    ORDER_NOT_AT_EXCHANGE = "order_not_at_exchange"
    ORPHAN_ORDER = "orphan_order"
    FOREIGN_ORDER = "foreign_order"
    FOREIGN_TRADE = "foreign_trade"
    STOP_MISSING = "stop_missing"
    WALLET_DIFFERS = "wallet_differs"


class DiscrepancyStatus(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    ADOPTED = "adopted"
    IGNORED = "ignored"
    CLEARED = "cleared"


DISCREPANCY_TRANSITIONS: dict[DiscrepancyStatus, frozenset[DiscrepancyStatus]] = {
    DiscrepancyStatus.OPEN: frozenset(
        {
            DiscrepancyStatus.EXPLAINED,
            DiscrepancyStatus.ADOPTED,
            DiscrepancyStatus.IGNORED,
            DiscrepancyStatus.CLEARED,
        }
    ),
    DiscrepancyStatus.EXPLAINED: frozenset(),
    DiscrepancyStatus.ADOPTED: frozenset(),
    DiscrepancyStatus.IGNORED: frozenset(),
    DiscrepancyStatus.CLEARED: frozenset(),
}

PARKS = frozenset(
    {
        DiscrepancyKind.POSITION_DIFFERS,
        DiscrepancyKind.POSITION_UNKNOWN,
        DiscrepancyKind.ORPHAN_ORDER,
        DiscrepancyKind.WALLET_DIFFERS,
    }
)
"""Kinds that stop the account's entries until an operator has looked."""


class Cause(StrEnum):
    """Who made a trade that was not ours."""

    MANUAL = "manual"
    LIQUIDATION = "liquidation"
    DELEVERAGED = "deleveraged"
    SETTLED = "settled"


_CAUSES = {
    "autoclose-": Cause.LIQUIDATION,
    "adl_autoclose": Cause.DELEVERAGED,
    "settlement_autoclose-": Cause.SETTLED,
}
"""Beginnings of the client order ids that Binance gives to what it does by itself."""


class Decision(StrEnum):
    """What a person may decide of a difference."""

    ADOPT = "adopt"
    CLOSE = "close"
    IGNORE = "ignore"


DECISIONS: dict[DiscrepancyKind, tuple[Decision, ...]] = {
    DiscrepancyKind.POSITION_DIFFERS: (Decision.ADOPT, Decision.CLOSE, Decision.IGNORE),
    DiscrepancyKind.POSITION_UNKNOWN: (Decision.ADOPT, Decision.CLOSE, Decision.IGNORE),
    DiscrepancyKind.ORPHAN_ORDER: (Decision.ADOPT, Decision.CLOSE, Decision.IGNORE),
    DiscrepancyKind.WALLET_DIFFERS: (Decision.ADOPT, Decision.IGNORE),
}
"""By kind, the proposal first; a kind that is missing needs no decision."""
STATUS_OF = {
    Decision.ADOPT: DiscrepancyStatus.ADOPTED,
    Decision.CLOSE: DiscrepancyStatus.ADOPTED,
    Decision.IGNORE: DiscrepancyStatus.IGNORED,
}

DRIFT_FLOOR = Decimal("0.5")
DRIFT_SHARE = Decimal("0.0002")


def cause_of(client_order_id: str) -> Cause:
    """Return who is behind an order that is not ours, by the id that it carries."""
    for beginning, cause in _CAUSES.items():
        if client_order_id.startswith(beginning):
            return cause
    return Cause.MANUAL


def drift_tolerance(equity: Decimal | None) -> Decimal:
    """Return by how many USDT a wallet may drift from its ledger within a day.

    Half a USDT, or two hundredths of a per cent of the equity where that is more.
    """
    return max(DRIFT_FLOOR, (equity or Decimal(0)) * DRIFT_SHARE)


@dataclass(frozen=True, slots=True)
class LocalBook:
    """What we believe of one account.

    Attributes:
        positions: signed quantity per symbol, zero or missing when flat.
        working_orders: client order ids of orders that should rest at the exchange.
        known_orders: client order ids of every order we ever recorded among those reported.
        own_orders: those among the reported ids that we made, recorded or not.
        stops_wanted: symbols whose position must have a stop.
        in_flight: symbols on which an order may or may not exist; they are not judged.
        wallet_balance: USDT by our ledger rows; None if it is not complete.
    """

    positions: Mapping[str, Decimal]
    working_orders: Mapping[str, str]
    known_orders: Collection[str]
    own_orders: Collection[str]
    stops_wanted: Collection[str]
    in_flight: Collection[str]
    wallet_balance: Decimal | None


@dataclass(frozen=True, slots=True)
class ReportedBook:
    """What the exchange says; a book exists only if every reading succeeded."""

    positions: tuple[PositionReport, ...]
    open_orders: tuple[OrderReport, ...]
    stopped_symbols: frozenset[str]
    wallet_balance: Decimal


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference; the same difference found again has the same id."""

    discrepancy_id: UUID
    kind: DiscrepancyKind
    subject: str
    local: str
    reported: str

    @property
    def parks(self) -> bool:
        """Tell whether the account must not open anything until it is settled."""
        return self.kind in PARKS


def compare(
    account_id: UUID,
    local: LocalBook,
    reported: ReportedBook,
    *,
    wallet_tolerance: Decimal = _ZERO,
) -> tuple[Discrepancy, ...]:
    """Return every difference between our book and the exchange's, in a fixed order."""
    found = [
        *_compare_positions(local, reported),
        *_compare_orders(local, reported),
        *_compare_stops(local, reported),
    ]
    if local.wallet_balance is not None and not local.in_flight:
        difference = abs(local.wallet_balance - reported.wallet_balance)
        if difference > wallet_tolerance:
            found.append(
                (
                    DiscrepancyKind.WALLET_DIFFERS,
                    "USDT",
                    f"{local.wallet_balance:f}",
                    f"{reported.wallet_balance:f}",
                )
            )
    return tuple(
        Discrepancy(
            derived_id("discrepancy", account_id, kind, subject), kind, subject, ours, theirs
        )
        for kind, subject, ours, theirs in sorted(found)
    )


def confirmed(
    previous: Iterable[Discrepancy], current: Iterable[Discrepancy]
) -> tuple[Discrepancy, ...]:
    """Return the differences that two readings in a row show alike."""
    seen = set(previous)
    return tuple(each for each in current if each in seen)


_Found = tuple[DiscrepancyKind, str, str, str]


def _compare_positions(local: LocalBook, reported: ReportedBook) -> list[_Found]:
    theirs = {position.symbol: position.quantity for position in reported.positions}
    found: list[_Found] = []
    for symbol in sorted(set(local.positions) | set(theirs)):
        ours, their = local.positions.get(symbol, _ZERO), theirs.get(symbol, _ZERO)
        if ours == their or symbol in local.in_flight:
            continue
        is_unknown = symbol not in local.positions
        kind = DiscrepancyKind.POSITION_UNKNOWN if is_unknown else DiscrepancyKind.POSITION_DIFFERS
        found.append((kind, symbol, f"{ours:f}", f"{their:f}"))
    return found


def _compare_orders(local: LocalBook, reported: ReportedBook) -> list[_Found]:
    theirs = {order.client_order_id for order in reported.open_orders}
    found: list[_Found] = [
        (DiscrepancyKind.ORDER_NOT_AT_EXCHANGE, client_order_id, f"working on {symbol}", "absent")
        for client_order_id, symbol in local.working_orders.items()
        if client_order_id not in theirs and symbol not in local.in_flight
    ]
    for order in reported.open_orders:
        if order.client_order_id in local.known_orders:
            continue
        ours = order.client_order_id in local.own_orders
        kind = DiscrepancyKind.ORPHAN_ORDER if ours else DiscrepancyKind.FOREIGN_ORDER
        subject = order.client_order_id or order.exchange_order_id
        found.append((kind, subject, "unknown", f"{order.side} {order.quantity:f} {order.symbol}"))
    return found


def _compare_stops(local: LocalBook, reported: ReportedBook) -> list[_Found]:
    held = {position.symbol for position in reported.positions if position.quantity != 0}
    return [
        (DiscrepancyKind.STOP_MISSING, symbol, "wanted", "absent")
        for symbol in sorted(set(local.stops_wanted) & held - reported.stopped_symbols)
        if symbol not in local.in_flight
    ]
