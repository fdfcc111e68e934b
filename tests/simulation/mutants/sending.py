"""Deliberate bugs between the record of an order and its request."""

from daemon.execution import departures, fan_out, holds, recovery, resolver, submitter
from patriot_app.core.domain import intents
from patriot_app.core.services import sending
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import (
    AT_THE_FENCE,
    HALTS,
    ODD_COMMITS,
    ONE_VICTIM,
    STALE_SIGNALS,
    UNKNOWN_OUTCOMES,
)

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

MUTANTS: dict[str, Mutant] = {
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
        seed=1,
    ),
    "deadline_ignored": Mutant(
        "stale signals are planned and stale orders are sent",
        (
            _STALE_MARKED,
            Edit(fan_out, "plan", "if now > deadline:", "if False:"),
            Edit(resolver, "_settle_created", "live.ready.order.deadline <= uow.now", "False"),
            Edit(recovery, "_settle_attempts", "a.ready.order.deadline <= uow.now", "False"),
            # Whatever holds an entry up holds it up for as long as it lasts.
            Edit(holds, "_patience_s", "if not deadlines:", "if True:"),
            Edit(
                fan_out,
                "_is_late",
                "return context.clock",
                "return False and context.clock",
            ),
        ),
        shows=frozenset({"T12"}),
        profile=STALE_SIGNALS,
        seed=1,
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
    ),
    "exits_may_open": Mutant(
        "exits are not reduce-only",
        (Edit(submitter, "request_of", "reduce_only=order.reduce_only", "reduce_only=False"),),
        shows=frozenset({"T11"}),
        seed=3,
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
        seed=1,
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
}
