"""From a plan to attempts that may be sent, and what their answers do."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.intents import PlanParameters, plan
from patriot_app.core.domain.orders import AttemptState, Outcome, WriteResult
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports, Answer, ReadyAttempt, Ticket
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.services import decisions, orders, reports, sending, signals, targets, turns
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import EPOCH, INSTANCE_KEY, OWNER, Desk, make_desk
from tests.factories.market import make_instrument
from tests.factories.orders import make_report

PRICES = {(exchange, AccountMode.PAPER): MarkPrice(Decimal(50_000), 0) for exchange in Exchange}


@pytest.fixture
def desk(server: Server, database_name: str) -> Iterator[Desk]:
    desk = make_desk(server, database_name, accounts=4, shards=2)
    yield desk
    desk.lift()


async def open_orders(desk: Desk, signal_id: UUID) -> list[ReadyAttempt]:
    async with begin(SYSTEM) as uow:
        recorded = await signals.load(uow, signal_id)
        accounts = (await turns.in_turn(uow, recorded, desk.all_shards)).undecided
        gathered, desk_notional = await targets.gather(
            uow, recorded, accounts, shards=desk.all_shards
        )
        verdicts = plan(
            recorded.signal,
            [each.target for each in gathered],
            signal_id=signal_id,
            instruments={e: make_instrument(exchange=e) for e in Exchange},
            prices=PRICES,
            parameters=PlanParameters(risk_fraction=Decimal("0.01")),
            desk_notional=desk_notional,
            deadline=recorded.valid_until,
            now=uow.now,
        )
        wanted = await decisions.record(uow, recorded, verdicts, shards=desk.shards, first_place=0)
        return await orders.open_intents(uow, wanted, instance_key=INSTANCE_KEY)


def tickets_of(attempts: Sequence[ReadyAttempt], *, epoch: int = EPOCH) -> list[Ticket]:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    return [Ticket(attempt, epoch, now_ms) for attempt in attempts]


async def mark(tickets: Sequence[Ticket], *, owner: str = OWNER) -> set[UUID]:
    async with begin(SYSTEM) as uow:
        return await sending.mark_sending(uow, tickets, owner=owner, receive_window_ms=3_000)


async def explain(attempts: Sequence[ReadyAttempt]) -> set[str]:
    async with begin(SYSTEM) as uow:
        epochs: dict[UUID, int | None] = {attempt.attempt_id: EPOCH for attempt in attempts}
        return set((await sending.explain_unsent(uow, epochs, owner=OWNER)).values())


def answer(ticket: Ticket, outcome: Outcome, *, order_id: str | None = "77") -> Answer:
    return Answer(ticket, WriteResult(outcome, 200, "", "", order_id, datetime.now(UTC)))


async def store(*answers: Answer) -> dict[UUID, AttemptState]:
    async with begin(SYSTEM) as uow:
        return await sending.record_results(uow, answers)


def state_of(desk: Desk, attempt: ReadyAttempt) -> tuple[object, object]:
    rows = desk.execute(
        "SELECT attempts.state, intents.state FROM attempts JOIN intents"
        " ON intents.id = intent_id WHERE attempts.id = %s",
        attempt.attempt_id,
    )
    return rows[0]


async def test_every_account_of_a_signal_gets_one_recorded_order(
    as_daemon: str, desk: Desk
) -> None:
    attempts = await open_orders(desk, await desk.signal())
    assert {a.order.account_id for a in attempts} == set(desk.accounts)
    # 1 % of 10,000 over a distance of 1,000.
    assert {a.order.quantity for a in attempts} == {Decimal("0.1")}
    assert len({a.client_order_id for a in attempts}) == len(attempts)


async def test_two_deliveries_at_once_give_one_intent_per_account(
    as_daemon: str, desk: Desk
) -> None:
    signal_id = await desk.signal()
    opened = await asyncio.gather(*(open_orders(desk, signal_id) for _ in range(4)))
    assert sum(len(attempts) for attempts in opened) == len(desk.accounts)
    count = desk.execute("SELECT count(*) FROM intents WHERE signal_id = %s", signal_id)
    assert count == [(len(desk.accounts),)]


async def test_a_marked_attempt_is_marked_once(as_daemon: str, desk: Desk) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    both = await asyncio.gather(mark(tickets), mark(tickets))
    assert sorted(len(marked) for marked in both) == [0, len(tickets)]


@pytest.mark.parametrize("scope", ["desk", "exchange", "strategy", "client", "account"])
async def test_a_halt_binds_inside_the_send_statement(
    as_daemon: str, desk: Desk, scope: str
) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    scope_id = {
        "desk": "",
        "exchange": "binance",
        "strategy": desk.strategy_id,
        "client": desk.client_id,
        "account": desk.accounts[0],
    }[scope]
    desk.halt(scope, scope_id, state="reducing")
    marked = await mark(tickets)
    stopped = [t.attempt for t in tickets if t.attempt.attempt_id not in marked]
    assert len(stopped) == (1 if scope == "account" else len(tickets))
    assert await explain(stopped) == {"A halt forbids it"}


async def test_a_halt_of_another_scope_stops_nobody(as_daemon: str, desk: Desk) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    desk.halt("client", uuid4())
    desk.halt("exchange", "bybit")
    assert len(await mark(tickets)) == len(tickets)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("UPDATE shard_leases SET owner = 'another'", ""),
        ("UPDATE shard_leases SET epoch = epoch + 1", ""),
        ("UPDATE shard_leases SET expires_at = now() - interval '1 s'", ""),
        ("UPDATE shard_leases SET released_at = now()", ""),
        ("UPDATE intents SET deadline = now() - interval '1 s'", "The deadline has passed"),
        ("UPDATE accounts SET status = 'suspended'", "The account is suspended"),
        ("UPDATE account_states SET parked_reason = 'drift'", "The account is parked: drift"),
        ("UPDATE account_states SET is_ready = false", "The account is still recovering"),
        ("UPDATE attempts SET state = 'void'", "Was taken by somebody else"),
    ],
)
async def test_what_may_not_be_sent_stays_unmarked(
    as_daemon: str, desk: Desk, spoil: str, reason: str
) -> None:
    attempts = await open_orders(desk, await desk.signal())
    desk.execute(spoil)
    assert await mark(tickets_of(attempts)) == set()
    assert await explain(attempts) == {reason}


async def test_only_the_commits_own_ticket_is_found_again(as_daemon: str, desk: Desk) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    await mark(tickets)
    async with begin(SYSTEM) as uow:
        assert len(await sending.find_marked(uow, tickets)) == len(tickets)
        other = tickets_of([t.attempt for t in tickets], epoch=EPOCH + 1)
        assert await sending.find_marked(uow, other) == set()


async def test_answers_move_attempts_and_intents(as_daemon: str, desk: Desk) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    await mark(tickets)
    outcomes = [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.DUPLICATE, Outcome.UNKNOWN]
    await store(*(answer(t, o) for t, o in zip(tickets, outcomes, strict=True)))
    assert [state_of(desk, t.attempt) for t in tickets] == [
        ("open", "executing"),
        ("rejected", "failed"),
        ("unknown", "executing"),
        ("unknown", "executing"),
    ]


async def test_a_fenced_daemon_writes_no_answer(as_daemon: str, desk: Desk) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    await mark(tickets)
    desk.lease(owner="another", epoch=EPOCH + 1)
    assert await store(*(answer(t, Outcome.ACCEPTED) for t in tickets)) == {}
    assert state_of(desk, tickets[0].attempt) == ("sending", "executing")


async def test_an_answer_after_the_stream_leaves_the_newer_state(
    as_daemon: str, desk: Desk
) -> None:
    ticket = tickets_of(await open_orders(desk, await desk.signal()))[0]
    await mark([ticket])
    report = make_report(
        client_order_id=ticket.attempt.client_order_id,
        state=AttemptState.FILLED,
        quantity=Decimal("0.1"),
        filled_quantity=Decimal("0.1"),
        average_price=Decimal(50_000),
    )
    async with begin(SYSTEM) as uow:
        await reports.record_reports(
            uow, [AccountReports(ticket.attempt.order.account_id, (report,))]
        )
    await store(answer(ticket, Outcome.ACCEPTED))
    # Done only once its trades are booked: until then the position is not what it made of it.
    assert state_of(desk, ticket.attempt) == ("filled", "executing")


async def test_why_an_accepted_order_was_refused_stays_whatever_comes_first(
    as_daemon: str, desk: Desk
) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    await mark(tickets)
    told_before, told_after = tickets[:2]

    async def report(ticket: Ticket, reason: str) -> None:
        refused = make_report(
            client_order_id=ticket.attempt.client_order_id,
            state=AttemptState.REJECTED,
            filled_quantity=Decimal(0),
            average_price=None,
            reason=reason,
        )
        async with begin(SYSTEM) as uow:
            batch = AccountReports(ticket.attempt.order.account_id, (refused,))
            await reports.record_reports(uow, [batch])

    await report(told_before, "EC_PostOnlyWillTakeLiquidity")
    await store(*(answer(each, Outcome.ACCEPTED) for each in (told_before, told_after)))
    await report(told_after, "The position would be turned")
    told = [
        desk.execute(
            "SELECT state, exchange_code, evidence FROM attempts WHERE id = %s",
            each.attempt.attempt_id,
        )
        for each in (told_before, told_after)
    ]
    assert told == [
        [("rejected", "EC_PostOnlyWillTakeLiquidity", "")],
        [("rejected", "", "The position would be turned")],
    ]


async def test_an_unsent_attempt_is_voided_by_its_owner_alone(as_daemon: str, desk: Desk) -> None:
    attempts = await open_orders(desk, await desk.signal())
    ids = [attempt.attempt_id for attempt in attempts]
    async with begin(SYSTEM) as uow:
        assert await orders.void_attempts(uow, ids, owner="another", reason="x") == []
        assert set(await orders.void_attempts(uow, ids, owner=OWNER, reason="x")) == set(ids)
    assert state_of(desk, attempts[0]) == ("void", "expired")


async def test_an_open_order_counts_as_exposure_and_blocks_the_next_signal(
    as_daemon: str, desk: Desk
) -> None:
    tickets = tickets_of(await open_orders(desk, await desk.signal()))
    await mark(tickets)
    second = await desk.signal()
    async with begin(SYSTEM) as uow:
        recorded = await signals.load(uow, second)
        gathered, _ = await targets.gather(uow, recorded, desk.accounts, shards=desk.all_shards)
    assert all(each.target.has_order_in_flight for each in gathered)
    assert {each.target.exposure.account_notional for each in gathered} == {Decimal(5_000)}


async def test_an_entry_that_is_being_replaced_keeps_its_room_once(
    as_daemon: str, desk: Desk
) -> None:
    ticket = tickets_of(await open_orders(desk, await desk.signal()))[0]
    account_id = ticket.attempt.order.account_id
    await mark([ticket])
    await store(answer(ticket, Outcome.ACCEPTED))
    desk.execute(
        "INSERT INTO amendments (id, attempt_id, account_id, shard, price, quantity, former_price,"
        " former_quantity, state) SELECT %s, id, account_id, shard, 40000, 0.1, 50000, 0.1,"
        " 'replacing' FROM attempts WHERE id = %s",
        uuid4(),
        ticket.attempt.attempt_id,
    )

    async def room() -> tuple[Decimal, bool]:
        async with begin(SYSTEM) as uow:
            recorded = await signals.load(uow, await desk.signal())
            gathered, _ = await targets.gather(uow, recorded, [account_id], shards=desk.all_shards)
        target = gathered[0].target
        return target.exposure.account_notional, target.has_order_in_flight

    assert await room() == (5_000, True)
    ended = make_report(client_order_id=ticket.attempt.client_order_id, state=AttemptState.CANCELED)
    async with begin(SYSTEM) as uow:
        await reports.record_reports(uow, [AccountReports(account_id, (ended,))])
    assert await room() == (4_000, True), "between its two orders"
    desk.execute("UPDATE amendments SET state = 'withdrawn' WHERE account_id = %s", account_id)
    assert await room() == (0, False)


async def test_a_limit_of_the_account_denies_with_its_reason(as_daemon: str, desk: Desk) -> None:
    desk.execute(
        "INSERT INTO risk_limits (id, scope, scope_id, name, value)"
        " VALUES (%s, 'account', %s, 'position_notional', 100)",
        uuid4(),
        str(desk.accounts[0]),
    )
    attempts = await open_orders(desk, await desk.signal())
    assert len(attempts) == len(desk.accounts) - 1
    rows = desk.execute(
        "SELECT decision, reason_code FROM fan_out_accounts WHERE account_id = %s",
        desk.accounts[0],
    )
    assert rows == [("denied", "POSITION_NOTIONAL_LIMIT")]


async def test_the_client_of_a_short_account_is_told(as_daemon: str, desk: Desk) -> None:
    desk.execute(
        "UPDATE account_states SET available_balance = 1 WHERE account_id = %s", desk.accounts[0]
    )
    await open_orders(desk, await desk.signal())
    rows = desk.execute(
        "SELECT count(*) FROM notifications WHERE user_id = %s AND title LIKE '%%not enough money%%'",
        desk.client_id,
    )
    assert rows == [(1,)]
