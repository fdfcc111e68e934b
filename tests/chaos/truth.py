"""The exchange's own record of an account against our books: doubled, lost, stranded, unprotected.

What the comparison with `patriot verify` cannot see is looked at here: orders that both sides know
but that should not be, and how long a position stood without its stop. Times are market time, ms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.orders import WORKING, AttemptState
from patriot_app.core.ids import CLIENT_ORDER_ID_PREFIX

Account = Mapping[str, Any]
Span = tuple[int, int]
FOREVER_MS = 2**60
WORKING_STATES = frozenset(state.value for state in WORKING)
NEVER_TAKEN = frozenset(
    state.value
    for state in (
        AttemptState.CREATED,
        AttemptState.VOID,
        AttemptState.ABSENT,
        AttemptState.REJECTED,
        AttemptState.EXPIRED_UNSEEN,
    )
)
"""States that say of an order that the exchange never had it."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What our books say of one attempt."""

    intent_id: str
    leg: str
    state: str
    filled_quantity: Decimal


def taken(account: Account) -> list[dict[str, Any]]:
    """Return every order of ours that the exchange ever took; what a stop became is not another."""
    plain = [order for order in account["orders"].values() if order["conditional_id"] is None]
    waiting = [
        {**one, "client_order_id": one["request"]["order"]["client_order_id"]}
        for one in account["conditionals"].values()
    ]
    return [o for o in plain + waiting if o["client_order_id"].startswith(CLIENT_ORDER_ID_PREFIX)]


def doubled(account: Account, books: Mapping[str, Booked]) -> list[str]:
    """Return ids that were taken twice, and intents with more than one order."""
    ids = Counter(order["client_order_id"] for order in taken(account))
    intents = Counter(books[name].intent_id for name in ids if name in books)
    found = [f"{name} was taken {times} times" for name, times in ids.items() if times > 1]
    return found + [
        f"intent {one} has {times} orders" for one, times in intents.items() if times > 1
    ]


def lost(account: Account, books: Mapping[str, Booked]) -> list[str]:
    """Return orders that the books do not have, or have as never taken or ended too early."""
    found = []
    for order in taken(account):
        name = order["client_order_id"]
        booked = books.get(name)
        if booked is None:
            found.append(f"{name} is not in the books")
        elif booked.state in NEVER_TAKEN:
            found.append(f"{name} was taken and is {booked.state} in the books")
        elif booked.state == AttemptState.LATE_FILLED:
            found.append(f"{name} filled after it had been ended in the books")
    return found


def stranded(account: Account, books: Mapping[str, Booked]) -> list[str]:
    """Return live orders that the books believe to be over, and the other way round."""
    live = {order["client_order_id"] for order in account["open_orders"].values()}
    live |= {
        one["request"]["order"]["client_order_id"] for one in account["open_conditionals"].values()
    }
    ours = {name for name in live if name.startswith(CLIENT_ORDER_ID_PREFIX)}
    working = {name for name, booked in books.items() if booked.state in WORKING_STATES}
    found = [f"{name} is live and over in the books" for name in sorted(ours - working)]
    return found + [f"{name} works in the books only" for name in sorted(working - ours)]


def naked_ms(account: Account, symbol: str, *, excused: Sequence[Span] = ()) -> int:
    """Return the longest time for which a position stood without any stop.

    Args:
        excused: spans that do not count.
    """
    held = _spans_held(account, symbol)
    stops = [_life(one) for one in account["conditionals"].values() if _symbol(one) == symbol]
    left = _without(held, [*stops, *excused])
    return max((end - start for start, end in left), default=0)


def _spans_held(account: Account, symbol: str) -> list[Span]:
    spans: list[Span] = []
    quantity, since = Decimal(0), 0
    for trade in sorted(account["trades"], key=lambda one: one["trade_id"]):
        if trade["symbol"] != symbol:
            continue
        before = quantity
        signed = Decimal(trade["quantity"])
        quantity += signed if trade["side"] == "BUY" else -signed
        if before == 0:
            since = trade["time_ms"]
        if quantity == 0:
            spans.append((since, trade["time_ms"]))
    return spans if quantity == 0 else [*spans, (since, FOREVER_MS)]


def _symbol(conditional: Mapping[str, Any]) -> str:
    symbol: str = conditional["request"]["order"]["symbol"]
    return symbol


def _life(conditional: Mapping[str, Any]) -> Span:
    start: int = conditional["created_ms"]
    if conditional["status"] == "WAITING":
        return start, FOREVER_MS
    return start, conditional["triggered_ms"] or conditional["updated_ms"]


def _without(spans: Iterable[Span], taken_out: Iterable[Span]) -> list[Span]:
    left = list(spans)
    for start, end in taken_out:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return left
