"""An entry that would move the price goes in slices: recorded first, one by one, none twice."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import entries, exits, fan_out, protector, reading, resolver
from daemon.execution.slices import Slicer
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries import fan_outs, signals
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import signal_outcomes
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

BOTH = (Exchange.BINANCE, Exchange.BYBIT)
TWAP = {"twap_impact_bps": Decimal("0.0001"), "twap_slices_max": 4, "twap_span_s": 600.0}
"""Half the spread is beyond this limit: every entry goes in as many slices as allowed, so far apart
that no time comes by itself."""
LIFE_S = 3_600.0


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2, exchanges=BOTH, **TWAP) as running:
        yield running


async def plan_and_send(trader: Trader, signal_id: UUID) -> None:
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await settle(trader)


async def settle(trader: Trader) -> None:
    """Look at every account by REST, as a stream with a gap would."""
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def look(trader: Trader) -> None:
    """Look once as a process does that knows nothing but the books."""
    slicer = Slicer(trader.context)
    await slicer.send_due()
    await slicer.settle()
    await settle(trader)


def come(trader: Trader, number: int) -> None:
    """Let the time of a slice have come."""
    trader.desk.execute(
        "UPDATE intents SET starts_at = now() - interval '1 second'"
        " WHERE slice = %s AND state = 'planned' AND account_id = ANY(%s)",
        number,
        list(trader.desk.accounts),
    )


def lapse(trader: Trader, number: int) -> None:
    """Let the time of a slice have passed unused."""
    trader.desk.execute(
        "UPDATE intents SET starts_at = now() - interval '9 seconds',"
        " deadline = now() - interval '4 seconds' WHERE slice = %s AND state = 'planned'"
        " AND account_id = ANY(%s)",
        number,
        list(trader.desk.accounts),
    )


def parts(trader: Trader) -> list[tuple[object, ...]]:
    """Return of every slice its number and state, with how many accounts have it."""
    return trader.desk.execute(
        "SELECT i.slice, t.state, count(*) FROM intents AS i JOIN attempts AS t"
        " ON t.intent_id = i.id WHERE i.slice > 0 AND i.account_id = ANY(%s)"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        list(trader.desk.accounts),
    )


def reasons(trader: Trader) -> set[object]:
    """Return why slices were given up."""
    rows = trader.desk.execute(
        "SELECT t.evidence FROM attempts AS t WHERE t.state = 'void' AND t.account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    return {reason for (reason,) in rows}


def wanted(trader: Trader, account: UUID) -> Decimal:
    ((quantity,),) = trader.desk.execute(
        "SELECT quantity FROM fan_out_accounts WHERE account_id = %s", account
    )
    assert isinstance(quantity, Decimal)
    return quantity


async def outcomes(trader: Trader, signal_id: UUID) -> set[str]:
    page = await fan_outs.grid(SYSTEM, signal_id, PageRequest())
    return {row.outcome.value for row in page.items}


async def test_only_the_first_slice_leaves_with_the_fan_out(trader: Trader) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    assert parts(trader) == [
        (1, "filled", 2),
        (2, "created", 2),
        (3, "created", 2),
        (4, "created", 2),
    ]
    for account in trader.desk.accounts:
        assert 0 < await trader.held(account) < wanted(trader, account) / 3
    assert await outcomes(trader, signal_id) == {"working"}


async def test_a_fan_out_that_runs_again_leaves_later_slices_alone(trader: Trader) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    trader.desk.execute(
        "UPDATE fan_outs SET state = 'pending', finished_at = NULL WHERE signal_id = %s", signal_id
    )
    await plan_and_send(trader, signal_id)
    assert trader.desk.states() == {"filled": 2, "created": 6}
    assert trader.desk.execute(
        "SELECT DISTINCT state FROM fan_outs WHERE signal_id = %s", signal_id
    ) == [("finished",)]


async def test_slices_leave_at_their_times_until_the_whole_is_held(trader: Trader) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    await look(trader)
    assert trader.desk.states() == {"filled": 2, "created": 6}, "none before its time"
    for number in (2, 3, 4):
        come(trader, number)
        await look(trader)
        await look(trader)
        assert trader.desk.states().get("filled") == 2 * number
    for account in trader.desk.accounts:
        assert await trader.held(account) == wanted(trader, account)
        assert await trader.trades(account) >= 4
    assert await outcomes(trader, signal_id) == {"filled"}


async def test_the_stop_stands_from_the_first_slice_and_covers_them_all(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    for number in (2, 3, 4):
        await protector.guard(trader.context, list(trader.desk.accounts))
        for session in trader.sessions:
            stops = [
                each
                for each in await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
                if each.trigger_price is not None
            ]
            held = await trader.held(session.account_id)
            assert stops, "a stop stands while the position grows"
            assert any(each.quantity in (0, held) for each in stops)
        come(trader, number)
        await look(trader)


async def test_a_slice_waits_while_an_earlier_one_is_in_doubt(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    come(trader, 2)
    await trader.paper.plan_fault("drop_before", "/fapi/v1/order")
    await trader.paper.plan_fault("drop_before", "/v5/order/create")
    slicer = Slicer(trader.context)
    await slicer.send_due()
    await slicer.settle()
    come(trader, 3)
    await slicer.send_due()
    await slicer.settle()
    assert parts(trader)[2:] == [(3, "created", 2), (4, "created", 2)]


async def test_a_slice_whose_time_has_passed_is_given_up_and_the_rest_goes_on(
    trader: Trader,
) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    lapse(trader, 2)
    come(trader, 3)
    await look(trader)
    await look(trader)
    assert parts(trader)[1:3] == [(2, "void", 2), (3, "filled", 2)]
    assert reasons(trader) == {"Its time had passed before it could be sent"}
    come(trader, 4)
    await look(trader)
    assert await outcomes(trader, signal_id) == {"partial"}


async def test_a_halt_ends_the_slices_even_if_it_is_lifted_before_their_time(
    trader: Trader,
) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    trader.desk.halt("desk")
    trader.desk.lift()
    come(trader, 2)
    await look(trader)
    assert parts(trader)[1:] == [(2, "void", 2), (3, "void", 2), (4, "void", 2)]
    assert reasons(trader) == {"A halt was raised before its time"}
    assert await outcomes(trader, signal_id) == {"partial"}


async def test_the_fence_itself_keeps_a_slice_of_a_halted_account(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    come(trader, 2)
    trader.desk.halt("exchange", "binance")
    slicer = Slicer(trader.context)
    async with begin(SYSTEM) as uow:
        due = await resolver.attempts.of_shards(
            uow, trader.desk.all_shards, {resolver.AttemptState.CREATED}
        )
    second = [live.ready for live in due if live.ready.order.slice == 2]
    await slicer._send(second)
    await settle(trader)
    trader.desk.lift()
    assert parts(trader)[1:3] == [(2, "created", 1), (2, "filled", 1)]


async def test_a_newer_signal_ends_the_slices_before_it_is_planned(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    closing = await trader.signal(action=SignalAction.CLOSE, stop_loss=None, ttl_s=LIFE_S)
    await plan_and_send(trader, closing)
    assert reasons(trader) == {"A newer signal took its place"}
    for account in trader.desk.accounts:
        assert await trader.held(account) == 0


async def test_an_exit_ends_the_slices_at_its_record(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    account = trader.desk.accounts[0]
    await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="test")
    for number in (2, 3, 4):
        come(trader, number)
        await look(trader)
    assert "The position is being left" in reasons(trader)
    assert await trader.held(account) == 0
    other = trader.desk.accounts[1]
    assert await trader.held(other) == wanted(trader, other)


async def test_slices_do_not_open_anew_what_was_closed_at_the_exchange(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    account = trader.desk.accounts[0]
    exchange = trader.context.sessions[account].exchange.value
    await trader.paper.act(exchange, account.hex, "close_position", symbol=SYMBOL)
    await settle(trader)
    come(trader, 2)
    await look(trader)
    assert "The position was closed" in reasons(trader)
    assert await trader.held(account) == 0


async def test_a_suspended_account_gets_no_further_slice(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    trader.desk.execute(
        "UPDATE accounts SET status = 'suspended' WHERE id = ANY(%s)", list(trader.desk.accounts)
    )
    come(trader, 2)
    await look(trader)
    assert reasons(trader) == {"The account is suspended"}


async def test_an_operator_cancels_slices_with_the_entries_of_their_scope(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    ended = {}
    for shard in trader.desk.all_shards:
        ended[shard] = await entries.cancel_scope(
            trader.context, shard, EntryScope.DEPLOYMENT, str(trader.desk.deployment_id)
        )
    assert sum(each.get("void", 0) for each in ended.values()) == 6
    assert reasons(trader) == {"An operator cancelled it"}


async def test_a_refused_slice_ends_those_after_it(trader: Trader) -> None:
    await plan_and_send(trader, await trader.signal(ttl_s=LIFE_S))
    trader.desk.execute(
        "UPDATE attempts SET state = 'rejected' WHERE state = 'created' AND intent_id IN"
        " (SELECT id FROM intents WHERE slice = 2 AND account_id = ANY(%s))",
        list(trader.desk.accounts),
    )
    trader.desk.execute(
        "UPDATE intents SET state = 'failed' WHERE slice = 2 AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    come(trader, 3)
    await look(trader)
    assert reasons(trader) == {"The exchange refused an earlier slice"}


async def test_without_a_book_entries_are_sent_at_once_and_that_is_recorded(
    trader: Trader,
) -> None:
    await trader.paper.plan_fault("drop_before", "/fapi/v1/depth")
    await trader.paper.plan_fault("drop_before", "/v5/market/orderbook")
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    assert trader.desk.states() == {"filled": 2}
    rows = trader.desk.execute(
        "SELECT slices, impact_bps, reason FROM impact_estimates WHERE signal_id = %s", signal_id
    )
    assert [(slices, bps) for slices, bps, _ in rows] == [(1, None), (1, None)]
    assert all("No order book" in str(reason) for *_, reason in rows)


async def test_the_first_estimate_of_a_signal_counts_for_all_its_parts(trader: Trader) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    first, *others = trader.desk.all_shards
    await fan_out.run(trader.context, signal_id, [first])
    trader.context.books.clear()
    await fan_out.run(trader.context, signal_id, others)
    rows = trader.desk.execute(
        "SELECT exchange, slices FROM impact_estimates WHERE signal_id = %s ORDER BY 1", signal_id
    )
    assert rows == [("binance", 4), ("bybit", 4)]
    told = trader.desk.execute(
        "SELECT count(*) FROM events WHERE type = 'ImpactEstimated' AND subject_id = %s", signal_id
    )
    assert told == [(2,)]


async def test_a_small_impact_cuts_nothing(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(server, database_name, accounts=2) as trader:
        signal_id = await trader.signal(ttl_s=LIFE_S)
        await plan_and_send(trader, signal_id)
        assert trader.desk.states() == {"filled": 2}
        ((slices, impact),) = trader.desk.execute(
            "SELECT slices, impact_bps FROM impact_estimates WHERE signal_id = %s", signal_id
        )
        assert slices == 1
        assert isinstance(impact, Decimal)
        assert 0 < impact < 50


async def test_the_outcome_of_a_signal_is_settled_only_after_its_last_slice(
    trader: Trader,
) -> None:
    signal_id = await trader.signal(ttl_s=LIFE_S)
    await plan_and_send(trader, signal_id)
    trader.desk.execute(
        "UPDATE fan_outs SET finished_at = now() - interval '10 minutes' WHERE signal_id = %s",
        signal_id,
    )
    trader.desk.execute(
        "UPDATE attempts SET resolved_at = now() - interval '10 minutes'"
        " WHERE resolved_at IS NOT NULL AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    async with begin(SYSTEM) as uow:
        await signal_outcomes.settle(uow)
    summary = await signals.get(SYSTEM, signal_id)
    assert (summary.counts.working, summary.counts.partial) == (2, 0)
    assert not trader.desk.execute("SELECT 1 FROM signal_outcomes WHERE signal_id = %s", signal_id)
