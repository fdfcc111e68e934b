"""Deliberate bugs in the product, one at a time; the worlds must catch each of them.

A mutant is an edit of the product's own source or SQL, made in memory while a world runs. An edit
whose text is no longer there fails loudly, so that none goes blunt unseen. The seed beside each is
one that caught it: it is tried first.
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from daemon import lease
from daemon.exchanges import outcomes, throttle
from daemon.execution import (
    departures,
    protector,
    reading,
    recovery,
    resolver,
    stop_audit,
    submitter,
)
from patriot_app.core.db import fill_statements
from patriot_app.core.domain import intents
from patriot_app.core.services import fills, heartbeats, newer_signals, sending
from tests.simulation.laboratory import Laboratory
from tests.simulation.profiles import (
    AT_THE_FENCE,
    BANS,
    DEAD_DAEMONS,
    ERRORS_THAT_WORKED,
    EVERYDAY,
    FORGED_IDS,
    GAPS,
    HALTS,
    LATE_EVENTS,
    LATE_PLANS,
    LATE_TURNS,
    LEGS_UNSENT,
    ODD_COMMITS,
    ONE_VICTIM,
    QUICK_TURNS,
    SLOW_ENGINE,
    STALE_SIGNALS,
    STOPS_CANCELLED,
    TRADES_BY_REST,
    UNKNOWN_OUTCOMES,
    Profile,
    chance_of,
)
from tests.simulation.replacing import replaced


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in a function (or a class's method), an SQL text, or a table.

    Attributes:
        old: text that must be there; "" for a table, which gets the key `new`.
    """

    owner: Any
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One deliberate bug.

    Attributes:
        shows: invariants of which at least one must be violated; what else is told does not count.
        profile: worlds that lead to the moment at which it matters.
        seed: that caught it before.
    """

    what: str
    edits: tuple[Edit, ...]
    shows: frozenset[str]
    profile: Profile = EVERYDAY
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `seed` is None if it was missed."""

    name: str
    seed: int | None
    tried: int
    violation: str

    def text(self) -> str:
        """Return one line for people."""
        if self.seed is None:
            return f"MISSED {self.name} in {self.tried} seeds"
        return (
            f"caught {self.name} by seed {self.seed} ({self.tried} tried): {self.violation[:110]}"
        )


def hunt(laboratory: Laboratory, name: str, *, cap: int) -> Verdict:
    """Run seeds under a mutant until one catches it: violated with the bug, and not without."""
    mutant = MUTANTS[name]
    seeds = [mutant.seed, *(seed for seed in range(cap) if seed != mutant.seed)]
    for tried, seed in enumerate(seeds, 1):
        with mutated(mutant):
            shown = _shown(laboratory, seed, mutant)
        if shown and not _shown(laboratory, seed, mutant):
            return Verdict(name, seed, tried, shown[0])
    return Verdict(name, None, len(seeds), "")


def _shown(laboratory: Laboratory, seed: int, mutant: Mutant) -> list[str]:
    """Return what a world violates of the invariants that the mutant should break."""
    result = laboratory.run(seed, chance=chance_of(seed, mutant.profile))
    return [what for what in result.violations if what.partition(" ")[0] in mutant.shows]


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Let the product have a bug inside of the block."""
    with ExitStack() as stack:
        for edit in mutant.edits:
            stack.enter_context(replaced(edit.owner, edit.name, _edited(edit)))
        yield


def _edited(edit: Edit) -> Any:
    present = inspect.getattr_static(edit.owner, edit.name)
    if isinstance(present, dict):
        kind = type(next(iter(present)))
        return {**present, kind(edit.new): "a mutant's"}
    if not callable(present) and not isinstance(present, property):
        assert edit.old in present.text, f"{edit.name} has no {edit.old!r} any more"
        return text(present.text.replace(edit.old, edit.new, 1))
    function = present.fget if isinstance(present, property) else present
    source = textwrap.dedent(inspect.getsource(function))
    assert edit.old in source, f"{edit.name} has no {edit.old!r} any more"
    changed = source.replace(edit.old, edit.new, 1)
    names: dict[str, Any] = {}
    module = sys.modules[function.__module__]
    # Faults and crash points ask for the file's name: a mutant must not escape them by another one.
    file = f"<mutant>/{Path(inspect.getfile(function)).name}"
    exec(compile(changed, file, "exec"), module.__dict__, names)  # noqa: S102
    return names[edit.name]


_UNFENCED = Edit(
    sending,
    "_MARK_SENDING",
    "AND lease.owner = :owner AND lease.epoch = wanted.epoch\n"
    "           AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()",
    "AND (intent.leg = 'stop_loss' OR (lease.owner = :owner AND lease.epoch = wanted.epoch"
    " AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()))",
)
_FRESH_TIME = Edit(
    submitter,
    "_post_one",
    "if waited_ms > settings.receive_window_ms - settings.send_margin_ms:",
    "if signed is not None:\n"
    "        signed = _Signed(signed.session, context.gateway.sign(signed.session, request_of("
    "ticket.attempt, timestamp_ms=context.gateway.timestamp_ms(order.exchange, order.mode),"
    " receive_window_ms=settings.receive_window_ms)))\n"
    "    if False:",
)
"""The request is signed while the fence is asked: a late timestamp needs a late signature."""
_STALE_MARKED = Edit(
    sending,
    "_MARK_SENDING",
    "(intent.deadline IS NULL OR intent.deadline > clock_timestamp())",
    "true",
)


def _does_nothing(owner: Any, name: str, first: str) -> Edit:
    """Return an edit that ends a function before its first statement."""
    return Edit(owner, name, first, f"return\n    {first}")


MUTANTS: dict[str, Mutant] = {
    # The eleven of the prototype.
    "fills_not_told_apart": Mutant(
        "a trade that is told twice is stored twice",
        (
            Edit(
                fill_statements,
                "INSERT",
                "row.symbol, row.exchange_trade_id,",
                "row.symbol, row.exchange_trade_id || '-' || row.id,",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
    ),
    "no_record_ahead": Mutant(
        "orders leave without having been marked",
        (
            Edit(
                submitter,
                "_mark",
                "    try:\n",
                "    return {ticket.attempt.attempt_id for ticket in tickets}\n    try:\n",
            ),
        ),
        shows=frozenset({"T3"}),
    ),
    "trades_never_read": Mutant(
        "what a stream missed is never read",
        (
            Edit(
                reading,
                "read_fills",
                "    async with begin",
                "    return NOTHING\n    async with begin",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
        profile=LATE_EVENTS,
    ),
    "post_again_on_silence": Mutant(
        "an order without an answer is sent again",
        (
            Edit(
                submitter,
                "_post_one",
                "    book.put(Answer(ticket, result))",
                "    if result.outcome is Outcome.UNKNOWN:\n"
                "        result = await context.gateway.submit("
                "context.sessions[order.account_id], request_of(ticket.attempt,"
                " timestamp_ms=context.gateway.timestamp_ms(order.exchange, order.mode),"
                " receive_window_ms=settings.receive_window_ms))\n"
                "    book.put(Answer(ticket, result))",
            ),
        ),
        shows=frozenset({"T1", "T2"}),
        profile=UNKNOWN_OUTCOMES,
        seed=1,
    ),
    "silence_is_failure": Mutant(
        "an order without an answer is taken for refused",
        (
            Edit(
                submitter,
                "_post_one",
                "    book.put(Answer(ticket, result))",
                "    if result.outcome is Outcome.UNKNOWN:\n"
                "        result = WriteResult(Outcome.REJECTED, 0, '', '', None,"
                " context.clock.now())\n"
                "    book.put(Answer(ticket, result))",
            ),
        ),
        shows=frozenset({"T1", "T7"}),
        profile=UNKNOWN_OUTCOMES,
        seed=1,
    ),
    "no_stop": Mutant(
        "nobody guards positions",
        (Edit(protector, "guard", "    ours = sorted", "    return\n    ours = sorted"),),
        shows=frozenset({"T9"}),
        profile=STOPS_CANCELLED,
        seed=1,
    ),
    "time_not_pinned": Mutant(
        "the timestamp is taken after the fence, not before",
        (_FRESH_TIME,),
        shows=frozenset({"T8", "T12"}),
        profile=AT_THE_FENCE,
    ),
    "stop_not_fenced": Mutant(
        "stops pass without a lease, and with a time of their own",
        (_UNFENCED, _FRESH_TIME),
        shows=frozenset({"T8"}),
        profile=AT_THE_FENCE,
    ),
    "absent_too_early": Mutant(
        "not found is believed before the horizon",
        (
            Edit(
                resolver, "_is_over", "    order, settings", "    return True\n    order, settings"
            ),
        ),
        shows=frozenset({"T1", "T7"}),
        profile=SLOW_ENGINE,
        seed=1,
    ),
    "expiry_not_guarded": Mutant(
        "a lease that has run out still lets orders pass",
        (
            Edit(
                sending,
                "_MARK_SENDING",
                "AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()",
                "",
            ),
            Edit(
                lease.LeaseKeeper,
                "ready",
                "return () if self.is_fenced else tuple(sorted(self._ready))",
                "return tuple(sorted(self._ready))",
            ),
        ),
        shows=frozenset({"T8"}),
        profile=AT_THE_FENCE,
        seed=2,
    ),
    "successor_does_not_wait": Mutant(
        "a successor trades at once",
        (Edit(lease.LeaseKeeper, "_wait_for_the_predecessor", "if wait > 0:", "if False:"),),
        shows=frozenset({"T8"}),
        profile=DEAD_DAEMONS,
    ),
    # More of the protocol.
    "deadline_ignored": Mutant(
        "stale signals are planned and stale orders are sent",
        (
            _STALE_MARKED,
            Edit(intents, "plan", "if now > deadline:", "if False:"),
            Edit(resolver, "_settle_created", "live.ready.order.deadline <= uow.now", "False"),
            Edit(recovery, "_settle_attempts", "a.ready.order.deadline <= uow.now", "False"),
        ),
        shows=frozenset({"T12"}),
        profile=STALE_SIGNALS,
        seed=5,
    ),
    "halt_ignored": Mutant(
        "a halt binds nobody",
        (
            Edit(sending, "_MARK_SENDING", "WHERE halt.lifted_at IS NULL", "WHERE false"),
            Edit(
                intents,
                "forbids",
                "    if leg is Leg.ENTRY:",
                "    return False\n    if leg is Leg.ENTRY:",
            ),
            Edit(intents, "review", "if state is not TradingState.ACTIVE:", "if False:"),
        ),
        shows=frozenset({"T13"}),
        profile=HALTS,
        seed=1,
    ),
    "exits_may_open": Mutant(
        "exits are not reduce-only",
        (Edit(submitter, "request_of", "reduce_only=order.reduce_only", "reduce_only=False"),),
        shows=frozenset({"T11"}),
        seed=1,
    ),
    "bans_ignored": Mutant(
        "an exchange that asks for silence is asked on",
        (
            Edit(
                throttle.Throttle,
                "_silence_s",
                "if status not in {403, 418, 429}:",
                "if True:",
            ),
        ),
        shows=frozenset({"T15"}),
        profile=BANS,
    ),
    "no_audit_of_stops": Mutant(
        "a stop is placed once and never looked at again",
        (
            # The timetable holds the jobs themselves: what they call is changed.
            _does_nothing(protector, "run", "shards = context.lease.ready"),
            _does_nothing(stop_audit, "run", "shards = context.lease.ready"),
        ),
        shows=frozenset({"T9"}),
        profile=STOPS_CANCELLED,
        seed=1,
    ),
    "unmarked_believed_marked": Mutant(
        "a commit of unknown outcome is taken for done",
        (
            Edit(
                submitter,
                "_mark",
                "        return await sending.find_marked(uow, tickets)",
                "        return {ticket.attempt.attempt_id for ticket in tickets}",
            ),
        ),
        shows=frozenset({"T3"}),
        profile=ODD_COMMITS,
    ),
    "cursor_before_trades": Mutant(
        "the cursor moves before the trades are stored",
        (
            Edit(
                reading,
                "read_fills",
                "        batch = AccountReports(session.account_id, fills=page.fills)\n",
                "        batch = AccountReports(session.account_id, fills=page.fills)\n"
                "        async with begin(SYSTEM, clock=context.clock) as uow:\n"
                "            await fill_cursors.move_cursor("
                "uow, session.account_id, symbol, page.next_cursor)\n",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
        profile=TRADES_BY_REST,
        seed=1,
    ),
    "close_before_open_is_known": Mutant(
        "an exit does not wait for the entry before it",
        (
            Edit(
                intents,
                "cannot_trade",
                "if target.has_order_in_flight:",
                "if False:",
            ),
        ),
        shows=frozenset({"T20"}),
        profile=QUICK_TURNS,
        seed=4,
    ),
    "unknown_503_is_refusal": Mutant(
        "the 503 that may have succeeded counts as refused",
        (Edit(outcomes, "BINANCE_503_REJECTED", "", "Unknown error"),),
        shows=frozenset({"T1", "T7"}),
        profile=ERRORS_THAT_WORKED,
        seed=1,
    ),
    "bybit_10016_is_refusal": Mutant(
        "Bybit's server error counts as refused",
        (Edit(outcomes, "BYBIT_REJECTED", "", "10016"),),
        shows=frozenset({"T1", "T7"}),
        profile=ERRORS_THAT_WORKED,
        seed=1,
    ),
    "form_believed": Mutant(
        "an order whose id only looks like ours counts as ours",
        (
            Edit(
                reading,
                "is_ours",
                "    environment, body",
                "    return True\n    environment, body",
            ),
        ),
        shows=frozenset({"T19"}),
        profile=FORGED_IDS,
    ),
    "slowest_awaited": Mutant(
        "a fan-out waits for its slowest account",
        (
            Edit(
                departures._Departure,
                "_follow",
                "return_when=asyncio.FIRST_COMPLETED",
                "return_when=asyncio.ALL_COMPLETED",
            ),
        ),
        shows=frozenset({"T16"}),
        profile=ONE_VICTIM,
        seed=1,
    ),
    "late_trades_as_told": Mutant(
        "trades count in the order in which they are told",
        (Edit(fills, "_apply", "if owner.is_late", "if False"),),
        shows=frozenset({"T9", "books"}),
        profile=LATE_TURNS,
        seed=3,
    ),
    # Bugs that these worlds found in the product.
    "entry_after_its_close": Mutant(
        "an entry is planned although the close that followed it has been",
        (Edit(newer_signals, "_OVERTAKEN", "this.action <> :close OR", "false OR"),),
        shows=frozenset({"T20"}),
        profile=LATE_PLANS,
    ),
    "shard_kept_unheard": Mutant(
        "a lease taken by a commit of unknown outcome is renewed for ever",
        (
            Edit(
                heartbeats,
                "_RENEW",
                "lease.shard = held.shard AND lease.epoch = held.epoch AND",
                "",
            ),
        ),
        shows=frozenset({"T17"}),
        profile=ODD_COMMITS,
        seed=6,
    ),
    "recovery_only_once": Mutant(
        "an account that could not be read at a take-over is never read again",
        (_does_nothing(recovery, "recover_account", "session = context.sessions.get"),),
        shows=frozenset({"T17"}),
        profile=DEAD_DAEMONS,
        seed=1,
    ),
    "unsent_leg_forgotten": Mutant(
        "the unsent order of a leg that is not wanted any more stays",
        (Edit(protector, "_withdraw", "if leg.attempt_id is not None:", "if False:"),),
        shows=frozenset({"T6", "T17"}),
        profile=LEGS_UNSENT,
        seed=5,
    ),
    "trade_of_nobody": Mutant(
        "a trade read before its order's number is known belongs to nobody",
        (
            Edit(
                reading,
                "_are_orders_known",
                "if session.exchange is not Exchange.BINANCE:",
                "if True:",
            ),
        ),
        shows=frozenset({"T7", "T9", "T17"}),
        profile=GAPS,
        seed=4,
    ),
}
