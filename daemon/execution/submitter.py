"""The send path: the only code that lets an order leave (EXECUTION 2.3).

S0 wait for the rate limits, S1 pin timestamps, S2 mark SENDING in one statement, S3 leave out what
has waited too long, S4 send each once, S5 store answers as they come, S6 leave the rest to the
resolver. An attempt whose task is cancelled after S2 is UNKNOWN, never "failed".
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.signed_write import SignedWrite
from daemon.exchanges.throttle import Lane
from daemon.execution import cold, holds, kill_file
from daemon.execution.answers import AnswerBook, OnStored
from daemon.execution.holds import Departure
from patriot_app.core.db.sessions import reserve_for
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import AttemptState, Leg, OrderRequest, Outcome, WriteResult
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import Answer, ReadyAttempt, Ticket
from patriot_app.core.errors import ExchangeUnavailable
from patriot_app.core.services import orders, sending
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SIGN_AT_ONCE = 8
"""Requests signed before others get their turn, the question to the fence among them."""


@dataclass(slots=True)
class Sent:
    """What became of a chunk.

    Attributes:
        states: after the answers, by attempt.
        results: the answers themselves, by attempt.
        unsent: why attempts were not sent, by attempt; "" where that is not ours to say.
    """

    states: Mapping[UUID, AttemptState] = field(default_factory=dict)
    results: Mapping[UUID, WriteResult] = field(default_factory=dict)
    unsent: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A request that is ready to leave."""

    session: AccountSession
    write: SignedWrite


async def send(
    context: Context,
    attempts: Sequence[ReadyAttempt],
    *,
    lane: Lane,
    void_unsent: bool = True,
    on_stored: OnStored | None = None,
) -> Sent:
    """Send recorded attempts, each at most once; return what the exchanges said.

    Args:
        void_unsent: give up what may not be sent now; else it stays CREATED for another try.
        on_stored: told of the attempts whose answers are in the books, while others are awaited.
    """
    with reserve_for(is_urgent=lane is Lane.EXIT):
        parts = holds.split(context, attempts, lane)
        sends = [_send_together(context, part, lane, void_unsent, on_stored) for part in parts]
        if len(sends) == 1:
            return await sends[0]
        found = await asyncio.gather(*sends, return_exceptions=True)
    sent = Sent()
    for each in found:
        if isinstance(each, BaseException):
            raise each
        sent.states, sent.results = {**sent.states, **each.states}, {**sent.results, **each.results}
        sent.unsent |= each.unsent
    return sent


async def _send_together(
    context: Context,
    departure: Departure,
    lane: Lane,
    void_unsent: bool,
    on_stored: OnStored | None,
) -> Sent:
    attempts = departure.attempts
    sent = Sent()
    ready = [a for a in attempts if a.order.account_id in context.sessions]
    for attempt in attempts:
        if attempt.order.account_id not in context.sessions:
            sent.unsent[attempt.attempt_id] = "No opened key for this account"
    ready = kill_file.admit(context, ready, sent.unsent)
    ready = await cold.look_up_first(context, ready, sent.unsent)
    try:
        await holds.clear(context, departure, lane)
        await holds.admit(context, ready, lane)
    except ExchangeUnavailable as error:
        sent.unsent.update({attempt.attempt_id: str(error) for attempt in ready})
        ready = []
    tickets = _pin(context, ready)
    if tickets:
        # The fence is a question to the database: the requests are signed while it answers.
        problems: list[str] = []
        marked, signed = await asyncio.gather(
            _mark(context, tickets, lane, problems), _sign(context, tickets)
        )
        leaving = [t for t in tickets if t.attempt.attempt_id in marked]
        book = await _post(context, leaving, signed, on_stored)
        missed = {t.attempt.attempt_id for t in tickets} - marked
        sent.unsent |= {each: problem for problem in problems for each in missed}
        sent.states, sent.results = book.states, book.results
    taken = sent.results.keys() | sent.unsent.keys()
    epochs = {ticket.attempt.attempt_id: ticket.epoch for ticket in tickets}
    await _explain(
        context,
        {a.attempt_id: epochs.get(a.attempt_id) for a in attempts if a.attempt_id not in taken},
        sent,
    )
    if void_unsent:
        await _void(context, sent.unsent)
    return sent


def request_of(attempt: ReadyAttempt, *, timestamp_ms: int, receive_window_ms: int) -> OrderRequest:
    """Return the request of an attempt; Bybit's entries carry their stop, but for conditional ones."""
    order = attempt.order
    is_entry = order.leg is Leg.ENTRY and not order.is_conditional
    return OrderRequest(
        exchange=order.exchange,
        symbol=order.symbol,
        client_order_id=attempt.client_order_id,
        side=order.side,
        order_type=order.order_type,
        quantity=order.quantity,
        price=order.price,
        trigger_price=order.trigger_price,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        close_position=order.close_position,
        timestamp_ms=timestamp_ms,
        receive_window_ms=receive_window_ms,
        stop_loss=order.stop_loss if is_entry and order.exchange is Exchange.BYBIT else None,
    )


def _pin(context: Context, attempts: Sequence[ReadyAttempt]) -> list[Ticket]:
    """Give each attempt its timestamp and epoch; what is in a shard we do not hold gets none."""
    epochs: dict[int, int | None] = {}
    tickets = []
    for attempt in attempts:
        order = attempt.order
        if order.shard not in epochs:
            epochs[order.shard] = context.lease.epoch(order.shard)
        epoch = epochs[order.shard]
        if epoch is not None:
            now_ms = context.gateway.timestamp_ms(order.exchange, order.mode)
            tickets.append(Ticket(attempt, epoch, now_ms))
    return tickets


async def _mark(
    context: Context, tickets: Sequence[Ticket], lane: Lane, problems: list[str]
) -> set[UUID]:
    """Pass the fence; after a commit of unknown outcome believe only the rows themselves.

    Args:
        problems: takes what was in the way, where it was not the fence that said no.
    """
    settings = context.settings
    timeout_s = settings.entry_fence_s if lane is Lane.ENTRY else settings.exit_fence_s
    try:
        async with begin(SYSTEM, clock=context.clock) as uow:
            return await sending.mark_sending(
                uow,
                tickets,
                owner=context.process,
                receive_window_ms=settings.receive_window_ms,
                timeout_s=timeout_s,
            )
    except Exception:
        log.exception("marking_failed", extra={"attempts": len(tickets)})
    problems.append("The database was too slow or refused")
    async with begin(SYSTEM, clock=context.clock) as uow:
        return await sending.find_marked(uow, tickets)


async def _sign(context: Context, tickets: Sequence[Ticket]) -> dict[UUID, _Signed]:
    """Build and sign under the pinned timestamps; what fails here fails again when it is sent."""
    signed: dict[UUID, _Signed] = {}
    for number, ticket in enumerate(tickets):
        if number % SIGN_AT_ONCE == 0:
            await context.clock.sleep(0)
        attempt = ticket.attempt
        request = request_of(
            attempt,
            timestamp_ms=ticket.timestamp_ms,
            receive_window_ms=context.settings.receive_window_ms,
        )
        session = context.sessions.get(attempt.order.account_id)
        if session is None:
            continue
        try:
            write = context.gateway.sign(session, request)
        except Exception:
            log.exception("signing_failed", extra={"client_order_id": attempt.client_order_id})
            continue
        signed[attempt.attempt_id] = _Signed(session, write)
    return signed


async def _post(
    context: Context,
    tickets: Sequence[Ticket],
    signed: Mapping[UUID, _Signed],
    on_stored: OnStored | None,
) -> AnswerBook:
    book = AnswerBook(context.clock, expected=len(tickets), on_stored=on_stored)
    if not tickets:
        return book
    writer = asyncio.create_task(book.write_until_closed())
    context.lease.note_send()
    posts = [
        asyncio.create_task(_post_one(context, ticket, signed.get(ticket.attempt.attempt_id), book))
        for ticket in tickets
    ]
    try:
        await asyncio.gather(*posts)
    except asyncio.CancelledError:
        for post in posts:
            post.cancel()
        await asyncio.gather(*posts, return_exceptions=True)
        raise
    finally:
        book.close()
        # The answers are worth more than a quick end: they are written even when cancelled.
        await asyncio.shield(writer)
    return book


async def _post_one(
    context: Context, ticket: Ticket, signed: _Signed | None, book: AnswerBook
) -> None:
    order = ticket.attempt.order
    settings = context.settings
    waited_ms = context.gateway.timestamp_ms(order.exchange, order.mode) - ticket.timestamp_ms
    if waited_ms > settings.receive_window_ms - settings.send_margin_ms:
        book.put(Answer(ticket, _unknown(context, f"Not sent: waited {waited_ms} ms")))
        return
    if signed is None:
        book.put(Answer(ticket, _unknown(context, "Not sent: it could not be signed")))
        return
    try:
        result = await context.gateway.submit_signed(signed.session, signed.write)
    except BaseException as error:
        # Whatever interrupted us, the order may have left.
        book.put(Answer(ticket, _unknown(context, f"Interrupted: {type(error).__name__}")))
        if isinstance(error, Exception):
            log.exception("submit_broke", extra={"client_order_id": ticket.attempt.client_order_id})
            return
        raise
    book.put(Answer(ticket, result))


def _unknown(context: Context, evidence: str) -> WriteResult:
    return WriteResult(
        outcome=Outcome.UNKNOWN,
        http_status=0,
        code="",
        evidence=evidence,
        exchange_order_id=None,
        received_at=context.clock.now(),
    )


async def _explain(context: Context, epochs: Mapping[UUID, int | None], sent: Sent) -> None:
    if not epochs:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        sent.unsent.update(await sending.explain_unsent(uow, epochs, owner=context.process))


async def _void(context: Context, unsent: Mapping[UUID, str]) -> None:
    by_reason: dict[str, list[UUID]] = {}
    for attempt_id, reason in unsent.items():
        if reason:
            by_reason.setdefault(reason, []).append(attempt_id)
    if not by_reason:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        for reason, ids in sorted(by_reason.items()):
            await orders.void_attempts(uow, ids, owner=context.process, reason=reason)
