"""What must hold in every world: the exchanges' ground truth against the books.

Names are those of the invariants (T1 to T21 and the books' own); each function returns what
contradicts its invariant, in words that lead to the order.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from daemon.paper_exchange.accounts import Account
from patriot_app.core.domain.orders import ATTEMPT_TRANSITIONS, AttemptState
from patriot_app.core.domain.risk_limits import DEFAULTS, LimitName
from patriot_app.core.queries.invariants import INVARIANTS, RECORD
from tests.simulation.desk import ACCOUNTS, SimAccount
from tests.simulation.prices import SYMBOL

if TYPE_CHECKING:
    from tests.simulation.world import World

UNPROTECTED_S_MAX = 11.0
"""The promise of 10 s, and what the harness sees only twice a second."""
ALARM_S_MAX = 10.0 + 30.0
"""The promise and one round of the audit: whoever owns the shard has told somebody by then."""
LIVENESS_S_MAX = 60.0
CALM_ORDER_S_MAX = 1.0
UNKNOWN_SPANS = """
SELECT extract(epoch FROM resolved_at - sending_at)::float8 FROM attempts
 WHERE state = 'absent' AND resolved_at IS NOT NULL
"""
_CLOSED_TOO_EARLY = """
SELECT early.account_id, entry.client_order_id FROM sim.early_closes AS early
  JOIN public.attempts AS entry ON entry.id = early.attempt_id
 WHERE entry.filled_quantity > 0 ORDER BY 1, 2
"""
_NOT_SENT = frozenset({"created", "void"})
_IN_DOUBT = frozenset({"created", "sending", "unknown", "absent", "quarantined"})
_DISPROVED = frozenset({"absent", "rejected"})


def check(world: "World") -> list[str]:
    """Return every violation, each beginning with the name of its invariant."""
    found: list[str] = []
    for name, checker in CHECKERS.items():
        found += [f"{name} {what}" for what in checker(world)]
    return found


def check_once(world: "World") -> list[str]:
    """T1: an intent has at most one accepted order over all its attempts."""
    taken = Counter(
        one.booked.intent_id for one in world.history.accepted if one.booked is not None
    )
    return [f"intent {intent} has {count} orders" for intent, count in taken.items() if count > 1]


def check_ids(world: "World") -> list[str]:
    """T2: no client order id is accepted twice."""
    taken = Counter(one.client_order_id for one in world.history.accepted)
    return [f"{name} was accepted {count} times" for name, count in taken.items() if count > 1]


def check_written_ahead(world: "World") -> list[str]:
    """T3: every order of ours was committed as SENDING before the exchange took it."""
    found = []
    for one in world.history.accepted:
        if one.booked is None:
            found.append(f"{one.client_order_id} is not in the books")
        elif one.booked.state in _NOT_SENT or one.booked.sending_at is None:
            found.append(f"{one.client_order_id} was taken while {one.booked.state}")
    return found


def check_fills(world: "World") -> list[str]:
    """T4: trades at the exchanges and fills in the books are the same, digit for digit."""
    booked = {
        (str(account), trade, quantity, price, commission)
        for account, trade, quantity, price, commission in world.database.read(
            "SELECT account_id, exchange_trade_id, quantity, price, commission FROM fills"
        )
    }
    true = {
        (str(account.id), str(trade.trade_id), trade.quantity, trade.price, trade.commission)
        for account in ACCOUNTS
        for trade in world.history.truth(account).trades
    }
    # Bybit names an execution by another id than the engine's trade number.
    lost = len(true) - len(booked)
    by_content = Counter((a, q, p, c) for a, _, q, p, c in true)
    by_content.subtract((a, q, p, c) for a, _, q, p, c in booked)
    wrong = [f"{content} differs by {count}" for content, count in by_content.items() if count]
    return [*wrong, *([f"{lost} trades are not in the books"] if lost else [])]


def check_positions(world: "World") -> list[str]:
    """T5: the sum of the fills is the exchange's position, and so is ours."""
    ours = {
        str(row[0]): row[1]
        for row in world.database.read(
            "SELECT account_id, quantity FROM positions WHERE symbol = %s", SYMBOL
        )
    }
    found = []
    for account in ACCOUNTS:
        truth = world.history.truth(account)
        traded = sum((t.quantity * t.side.sign for t in truth.trades), Decimal(0))
        held = truth.quantity_of(SYMBOL)
        if not traded == held == ours.get(str(account.id), Decimal(0)):
            found.append(f"{account.id}: {traded} traded, {held} held, {ours} booked")
    return found


def check_resolved(world: "World") -> list[str]:
    """T6: nothing is undecided after the quiet; what is held back has told somebody."""
    found = [
        f"{name} is still {state}"
        for name, state in world.database.read(
            "SELECT client_order_id, state FROM attempts"
            " WHERE state IN ('created', 'sending', 'unknown')"
        )
    ]
    silent = world.database.read(
        "SELECT client_order_id FROM attempts AS attempt WHERE state = 'quarantined'"
        " AND NOT EXISTS (SELECT 1 FROM events WHERE type = 'OrderQuarantined'"
        "                  AND subject_id = attempt.intent_id)"
    )
    return found + [f"{row[0]} is quarantined and nobody was told" for row in silent]


def check_honest(world: "World") -> list[str]:
    """T7: what ended in our books ended so at the exchange."""
    found = []
    filled = _filled_quantities(world)
    for name, state, quantity in world.database.read(
        "SELECT client_order_id, state, filled_quantity FROM attempts"
    ):
        true = filled.get(name, Decimal(0))
        if state in _NOT_SENT | _DISPROVED and true:
            found.append(f"{name} is {state} and filled {true}")
        if state == "filled" and quantity != true:
            found.append(f"{name} filled {true}, in the books {quantity}")
        if state == "late_filled":
            found.append(f"{name} filled after it had been ended in the books")
    for one in world.history.accepted:
        if one.booked is not None and one.booked.state in _DISPROVED:
            found.append(f"{one.client_order_id} was taken after it was {one.booked.state}")
    return found


def check_owner(world: "World") -> list[str]:
    """T8: nobody's order is accepted once a successor may trade the shard.

    Also what makes it so: nothing is marked but under a lease that lasts, and no successor is ready
    before its predecessor's last order is over.
    """
    found = [
        f"{identity} was marked without a lease"
        for (identity,) in world.database.read("SELECT id FROM sim.moves WHERE NOT is_fenced")
    ]
    found += world.history.early
    return found + [
        f"{one.client_order_id} of epoch {one.booked.epoch} was taken while {one.ready_epoch} owns"
        for one in world.history.accepted
        if one.booked is not None
        and one.booked.epoch is not None
        and one.booked.epoch < one.ready_epoch
    ]


def check_protected(world: "World") -> list[str]:
    """T9: a position of ours has its stop within 10 s, but for the seconds that faults explain.

    Which fault explains how many is in `excuses`; seconds without an owner of the shard do not count
    either. However well explained: what lasts is told to a person.
    """
    found = [
        f"{key} had no stop for {seconds:.1f} s without a reason"
        for key, seconds in world.history.unexcused_s.items()
        if seconds > UNPROTECTED_S_MAX
    ]
    told = {
        row[0]
        for row in world.database.read(
            "SELECT subject_id FROM events WHERE type = 'PositionUnprotected'"
        )
    }
    found += [
        f"{account.id} had no stop for {world.history.watched_s[account.key]:.1f} s, untold"
        for account in ACCOUNTS
        if world.history.watched_s.get(account.key, 0.0) > ALARM_S_MAX and account.id not in told
    ]
    parked = {
        row[0]
        for row in world.database.read(
            "SELECT account_id FROM account_states WHERE parked_reason <> ''"
        )
    }
    return found + [
        f"{account.id} rests without a stop"
        for account in ACCOUNTS
        if account.id not in parked and world.history.is_naked(account)
    ]


def check_limits(world: "World") -> list[str]:
    """T10: an entry never carries a position beyond its limit and one lot."""
    found = []
    for one in world.history.accepted:
        if one.booked is None or one.booked.leg != "entry":
            continue
        market = world.venue.engines[one.account.exchange.value].market(SYMBOL)
        notional = abs(one.position + one.quantity) * market.last_price
        # The price may have moved since by as much as the script lets it leap.
        if notional > DEFAULTS[LimitName.POSITION_NOTIONAL] * Decimal("1.1"):
            found.append(f"{one.client_order_id} makes {notional}")
    return found


def check_exits(world: "World") -> list[str]:
    """T11: what is to reduce a position never enlarges or turns it."""
    found = [f"{name} enlarged a position" for name in world.history.enlarged]
    for one in world.history.accepted:
        if one.booked is None or one.booked.leg == "entry":
            continue
        if not one.is_reduce_only:
            found.append(f"{one.client_order_id}, a {one.booked.leg}, is not reduce-only")
    return found


def check_deadlines(world: "World") -> list[str]:
    """T12: nothing is accepted later than its deadline and what a request may take."""
    return [
        f"{one.client_order_id} was taken {one.at - one.booked.deadline:.1f} s after its deadline"
        for one in world.history.accepted
        if one.booked is not None
        and one.booked.deadline is not None
        and one.at > one.booked.deadline + _request_s(world, one.account)
    ]


def check_halts(world: "World") -> list[str]:
    """T13: a halt binds: no entry is accepted once what was on its way is over."""
    return [
        f"{one.client_order_id} was taken {one.at - one.booked.halted_since:.1f} s into a halt"
        for one in world.history.accepted
        if one.booked is not None
        and one.booked.leg == "entry"
        and one.booked.halted_since is not None
        and one.at > one.booked.halted_since + _request_s(world, one.account)
    ]


def check_database_needed(world: "World") -> list[str]:
    """T14: no write leaves while the database is away, but what had passed the fence before.

    What was marked just before the outage may still leave, but only while enough of its receive
    window is left to be taken: after that it is not sent at all.
    """
    limit_s = (world.settings.receive_window_ms - world.settings.send_margin_ms) / 1000 + 0.1
    return [
        f"{node.name}: {left.kind} left {left.at - left.database_down_since:.1f} s into an outage"
        for node in world.all_nodes
        for left in node.wire.departures
        if left.is_write
        and left.database_down_since is not None
        and left.at - left.database_down_since > limit_s
    ]


def check_limits_of_exchanges(world: "World") -> list[str]:
    """T15: no request during a silence asked for, and none beyond a limit."""
    broken = [what for node in world.all_nodes for what in node.wire.broken]
    return broken + [what for node in world.all_nodes for what in node.wire.refused]


def check_blast_radius(world: "World") -> list[str]:
    """T16: trouble with one account's requests delays no other account's orders.

    The others may lose nothing by it: no fault but the victim's excuses anything, so the limit is
    what an order takes in a calm world, with a new leverage and an exit before the entry.
    """
    if not world.is_one_victim:
        return []
    limit_s = CALM_ORDER_S_MAX
    return [
        f"{account}: {state} of a signal took {seconds:.1f} s"
        for account, state, seconds in world.database.read(
            "SELECT i.account_id::text, t.state,"
            " extract(epoch FROM coalesce(CASE WHEN i.order_type <> 'MARKET' THEN t.acknowledged_at"
            " END, t.resolved_at, clock_timestamp()) - t.created_at)::float8"
            " FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
            " WHERE i.signal_id IS NOT NULL"
        )
        if account != str(world.victim_id) and (seconds > limit_s or state in _IN_DOUBT)
    ]


def check_rest(world: "World") -> list[str]:
    """T17: once the faults stop, the world comes to rest by itself, and no worker has died."""
    found = [f"a worker died: {what}" for what in world.worker_deaths]
    found += [f"nobody caught: {what}" for what in world.unhandled]
    settled = world.settled_after_s
    if settled is None or settled > LIVENESS_S_MAX:
        found.append(
            f"the world did not come to rest within {LIVENESS_S_MAX:.0f} s: {world.unrest}"
        )
    return found


def check_moves(world: "World") -> list[str]:
    """T18: attempts walk their table; what filled never shrinks."""
    found = []
    for identity, before, after, filled, grown in world.database.read(
        "SELECT id, before, after, filled_before, filled_after FROM sim.moves"
    ):
        allowed = ATTEMPT_TRANSITIONS[AttemptState(before)]
        if before != after and AttemptState(after) not in allowed:
            found.append(f"{identity} went from {before} to {after}")
        if grown < filled:
            found.append(f"{identity} had filled {filled} and then {grown}")
    return found


def check_foreign(world: "World") -> list[str]:
    """T19: nothing of ours ever names an order that is not ours, or takes it for ours."""
    found = [f"{node.name}: {what}" for node in world.all_nodes for what in node.wire.foreign]
    return found + [
        f"{name} is a customer's own and was taken for ours"
        for (name,) in world.database.read(
            "SELECT subject FROM discrepancies WHERE kind = 'orphan_order'"
        )
        if name in world.history.forged
    ]


def check_order_of_legs(world: "World") -> list[str]:
    """T20: a signal's exit waits for the entry before it: neither sent nor given up before that.

    Nor is an entry planned that a newer decision on the same account has overtaken.
    """
    found = [
        f"{one.client_order_id} closes while its entry is unresolved"
        for one in world.history.accepted
        if one.booked is not None
        and one.booked.leg == "exit"
        and one.booked.signal_id is not None
        and one.booked.is_entry_open
    ]
    found += [
        f"{account}: the entry of {signal} was planned after a newer signal"
        for account, signal in world.database.read(
            "SELECT account_id, signal_id FROM sim.overtaken ORDER BY 1, 2"
        )
    ]
    return found + [
        f"{account}: a close found nothing while {name} was unresolved"
        for account, name in world.database.read(_CLOSED_TOO_EARLY)
    ]


def check_entries(world: "World") -> list[str]:
    """T21: an account has at most one entry that rests for an instrument.

    That each ends in time is part of coming to rest (T17).
    """
    return [
        f"{account} has {count} entries that rest"
        for account, count in world.database.read(
            "SELECT t.account_id, count(*) FROM attempts AS t"
            " JOIN intents AS i ON i.id = t.intent_id"
            " WHERE t.state IN ('open', 'partially_filled') AND i.leg = 'entry'"
            " GROUP BY 1 HAVING count(*) > 1"
        )
    ]


def check_books(world: "World") -> list[str]:
    """The product's own invariants, the whole record of events, and the wallet's ledger."""
    found = [f"ledger and wallet differ: {what}" for what in world.untied]
    with world.database.later(timedelta(minutes=3)):
        for name, statement in {**INVARIANTS, **RECORD}.items():
            found += [f"{name}: {row}" for row in world.database.read(statement)]
    return found


CHECKERS: dict[str, Callable[["World"], list[str]]] = {
    "T1": check_once,
    "T2": check_ids,
    "T3": check_written_ahead,
    "T4": check_fills,
    "T5": check_positions,
    "T6": check_resolved,
    "T7": check_honest,
    "T8": check_owner,
    "T9": check_protected,
    "T10": check_limits,
    "T11": check_exits,
    "T12": check_deadlines,
    "T13": check_halts,
    "T14": check_database_needed,
    "T15": check_limits_of_exchanges,
    "T16": check_blast_radius,
    "T17": check_rest,
    "T18": check_moves,
    "T19": check_foreign,
    "T20": check_order_of_legs,
    "T21": check_entries,
    "books": check_books,
}


def _filled_quantities(world: "World") -> Counter[str]:
    filled: Counter[str] = Counter()
    for account in ACCOUNTS:
        truth: Account = world.history.truth(account)
        for trade in truth.trades:
            order = truth.orders[trade.order_id]
            parent = truth.conditionals.get(order.conditional_id or -1)
            name = order.client_order_id if parent is None else parent.request.order.client_order_id
            filled[name] += trade.quantity  # type: ignore[assignment]
    return filled


def _request_s(world: "World", account: SimAccount) -> float:
    """Return how long after the fence a request may still be accepted at an exchange."""
    settings = world.settings
    delay_s = (
        settings.visibility_delay_bybit_s
        if account.exchange.value == "bybit"
        else settings.visibility_delay_binance_s
    )
    return (settings.receive_window_ms + settings.clock_skew_ms) / 1000 + delay_s
