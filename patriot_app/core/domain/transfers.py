"""Money that only moved between accounts of one mandate, told from what came or went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

TRANSIT_MAX = timedelta(hours=24)
"""How long money may be on its way from one exchange to another."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One row of money in or out.

    Attributes:
        amount: in the mandate's currency; positive came in.
        occurred_at: market time.
    """

    row_id: UUID
    account_id: UUID
    amount: Decimal
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """The two legs of a transfer inside a mandate."""

    left: Flow
    arrived: Flow


@dataclass(frozen=True, slots=True)
class Sorted:
    """Flows of a mandate.

    Attributes:
        external: crossed the mandate's border, oldest first.
        internal: pairs that add up to nothing.
    """

    external: tuple[Flow, ...]
    internal: tuple[Transfer, ...]


def pair(flows: Iterable[Flow], *, transit_max: timedelta = TRANSIT_MAX) -> Sorted:
    """Pair what left one account with what arrived on another one.

    The same amount on another account within the transit time is a pair; each leg is in one pair at
    most, the oldest first. Exchanges book the arrival a moment before the departure now and then, so
    either leg may be the earlier.
    """
    ordered = sorted(flows, key=lambda flow: (flow.occurred_at, flow.row_id))
    arrivals = [flow for flow in ordered if flow.amount > 0]
    internal, paired = [], set()
    for left in (flow for flow in ordered if flow.amount < 0):
        for arrived in arrivals:
            if (
                arrived.row_id not in paired
                and arrived.amount == -left.amount
                and arrived.account_id != left.account_id
                and abs(arrived.occurred_at - left.occurred_at) <= transit_max
            ):
                internal.append(Transfer(left, arrived))
                paired |= {left.row_id, arrived.row_id}
                break
    return Sorted(
        external=tuple(flow for flow in ordered if flow.row_id not in paired),
        internal=tuple(internal),
    )
