"""What differs is explained or decided by a person; one account's break never stops the others."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.execution import account_sync, exits, fan_out, reading, settlement
from daemon.jobs import reconcile, sync_accounts
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderType, TimeInForce
from patriot_app.core.domain.reconciliation import Decision
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import ExchangeError, Refused
from patriot_app.core.ids import client_order_id
from tests.daemon.exchanges.builders import make_request, make_session
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=2, exchanges=(request.param,)
    ) as trader:
        yield trader
        trader.desk.execute("UPDATE cold_modes SET left_at = now() WHERE left_at IS NULL")


async def look(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def enter(trader: Trader, **overrides: object) -> None:
    signal_id = await trader.signal(**overrides)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await look(trader)


async def read_positions(trader: Trader) -> None:
    """Have every account read completely now."""
    trader.desk.execute(
        "UPDATE account_states SET synced_at = NULL, observed_at = NULL WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await sync_accounts.run(trader.context)


async def reconciled(trader: Trader, *, looks: int = 2) -> None:
    for _ in range(looks):
        await read_positions(trader)
        await reconcile.run(trader.context)


def imagine_a_trade(trader: Trader, account: UUID, quantity: str = "0.01") -> None:
    """Let our books have a trade that the exchange never saw."""
    exchange = trader.context.sessions[account].exchange.value
    trader.desk.execute(
        "INSERT INTO fills (id, exchange, account_id, symbol, exchange_trade_id,"
        " exchange_order_id, side, quantity, price, commission, commission_asset, is_maker,"
        " source, traded_at) VALUES (%s, %s, %s, %s, %s, 'imagined', 'BUY', %s, 50000, 0,"
        " 'USDT', false, 'adjustment', now())",
        uuid4(),
        exchange,
        account,
        SYMBOL,
        uuid4().hex,
        quantity,
    )
    trader.desk.execute(
        "UPDATE positions SET quantity = quantity + %s, updated_at = now()"
        " WHERE account_id = %s AND symbol = %s",
        quantity,
        account,
        SYMBOL,
    )


def differences(trader: Trader, kind: str = "position_differs") -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT account_id, status, cause FROM discrepancies WHERE kind = %s"
        " AND account_id = ANY(%s) ORDER BY found_at",
        kind,
        list(trader.desk.accounts),
    )


def the_open_one(trader: Trader) -> UUID:
    rows = trader.desk.execute(
        "SELECT id FROM discrepancies WHERE status = 'open' AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert len(rows) == 1
    assert isinstance(rows[0][0], UUID)
    return rows[0][0]


def parked(trader: Trader) -> set[object]:
    rows = trader.desk.execute(
        "SELECT account_id FROM account_states WHERE parked_reason <> '' AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    return {row[0] for row in rows}


def booked(trader: Trader, account: UUID) -> object:
    return trader.desk.execute(
        "SELECT quantity FROM positions WHERE account_id = %s AND symbol = %s", account, SYMBOL
    )[0][0]


async def settle(trader: Trader, decision: Decision) -> str:
    status = await settlement.settle(
        trader.context, the_open_one(trader), decision, command_id=await a_command(trader)
    )
    return status.value


async def a_command(trader: Trader) -> UUID:
    command_id = uuid4()
    trader.desk.execute(
        "INSERT INTO commands (id, type, payload, idempotency_key, status, surface, expires_at,"
        " error, claimed_by) VALUES (%s, 'SettleDiscrepancy', '{}', %s, 'claimed', 'tests',"
        " now() + interval '1 h', '', '')",
        command_id,
        command_id.hex,
    )
    return command_id


async def test_books_that_agree_differ_in_nothing(trader: Trader) -> None:
    await enter(trader)
    await reconciled(trader)
    assert differences(trader) == []
    assert parked(trader) == set()


async def test_a_position_closed_by_hand_is_explained_and_parks_nobody(trader: Trader) -> None:
    await enter(trader)
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    await trader.paper.act(session.exchange.value, account.hex, "close_position", symbol=SYMBOL)
    await look(trader)
    await reconciled(trader)
    found = differences(trader, "foreign_trade")
    assert found == [(account, "explained", "manual")]
    assert booked(trader, account) == 0
    assert parked(trader) == set()
    await reconciled(trader)
    assert differences(trader, "foreign_trade") == found


async def test_one_look_parks_nobody_and_two_park_that_account_alone(trader: Trader) -> None:
    await enter(trader)
    broken, sound = trader.desk.accounts
    imagine_a_trade(trader, broken)
    await reconciled(trader, looks=1)
    assert parked(trader) == set()
    await reconciled(trader, looks=1)
    assert parked(trader) == {broken}
    assert differences(trader) == [(broken, "open", "")]
    told = trader.desk.execute(
        "SELECT type, severity FROM events WHERE payload ->> 'account_id' = %s"
        " AND type IN ('DiscrepancyFound', 'AccountParked') ORDER BY sequence",
        str(broken),
    )
    assert told == [("DiscrepancyFound", "notice"), ("AccountParked", "critical")]
    # The other trades on; the parked one may still leave.
    await enter(trader, action=SignalAction.CLOSE, stop_loss=None)
    assert [await trader.held(a) for a in trader.desk.accounts] == [0, 0]
    await enter(trader)
    assert await trader.held(broken) == 0
    assert await trader.held(sound) > 0


async def test_with_an_order_in_flight_nothing_is_judged(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    trader.desk.execute("UPDATE attempts SET state = 'unknown' WHERE account_id = %s", broken)
    await reconciled(trader, looks=3)
    assert parked(trader) == set()


async def test_a_difference_that_is_gone_is_closed_and_the_account_let_go(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    await reconciled(trader)
    trader.desk.execute(
        "UPDATE positions SET quantity = quantity - 0.01 WHERE account_id = %s", broken
    )
    await reconciled(trader, looks=1)
    assert differences(trader) == [(broken, "cleared", "")]
    assert parked(trader) == set()


async def test_adopting_brings_our_books_to_the_exchange_once(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    await reconciled(trader)
    discrepancy_id = the_open_one(trader)
    assert await settle(trader, Decision.ADOPT) == "adopted"
    assert booked(trader, broken) == await trader.held(broken)
    assert parked(trader) == set()
    with pytest.raises(Refused, match="adopted already"):
        await settlement.settle(trader.context, discrepancy_id, Decision.ADOPT, command_id=uuid4())
    sums = trader.desk.execute(
        "SELECT sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) FROM fills"
        " WHERE account_id = %s",
        broken,
    )
    assert sums[0][0] == await trader.held(broken)
    await reconciled(trader)
    assert differences(trader) == [(broken, "adopted", "")]


async def test_closing_adopts_and_leaves_the_position(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    await reconciled(trader)
    assert await settle(trader, Decision.CLOSE) == "adopted"
    await look(trader)
    assert await trader.held(broken) == 0
    assert booked(trader, broken) == 0


async def test_ignoring_changes_no_book_and_lets_the_account_go(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    await reconciled(trader)
    before = booked(trader, broken)
    assert await settle(trader, Decision.IGNORE) == "ignored"
    assert booked(trader, broken) == before
    assert parked(trader) == set()


async def test_a_difference_that_went_away_meanwhile_books_nothing(trader: Trader) -> None:
    await enter(trader)
    broken = trader.desk.accounts[0]
    imagine_a_trade(trader, broken)
    await reconciled(trader)
    trader.desk.execute(
        "UPDATE positions SET quantity = quantity - 0.01 WHERE account_id = %s", broken
    )
    assert await settle(trader, Decision.ADOPT) == "cleared"
    assert booked(trader, broken) == await trader.held(broken)


def made_here(trader: Trader, account: UUID) -> str:
    """Return an id as we give it to an order of an account."""
    return client_order_id(
        trader.context.instance_key,
        environment="p",
        exchange=trader.context.sessions[account].exchange.value,
        account_id=account,
        intent_id=uuid4(),
        attempt=1,
    )


async def rest_an_orphan(trader: Trader, account: UUID, *, name: str = "") -> str:
    """Rest an order at the exchange under an id of ours that our books do not have."""
    session = trader.context.sessions[account]
    price = (await trader.price(session.exchange) * Decimal("0.8")).quantize(Decimal(1))
    request = make_request(
        session.exchange,
        order_type=OrderType.LIMIT,
        price=price,
        quantity=Decimal("0.01"),
        time_in_force=TimeInForce.GTC,
        client_order_id=name or made_here(trader, account),
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    await trader.context.gateway.submit(session, request)
    return request.client_order_id


async def resting(trader: Trader, account: UUID) -> set[str]:
    session = trader.context.sessions[account]
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    return {report.client_order_id for report in found}


async def test_an_orphan_of_ours_parks_its_account_and_is_adopted(trader: Trader) -> None:
    account = trader.desk.accounts[0]
    orphan = await rest_an_orphan(trader, account)
    await look(trader)
    assert differences(trader, "orphan_order") == [(account, "open", "")]
    assert parked(trader) == {account}
    assert await settle(trader, Decision.ADOPT) == "adopted"
    states = trader.desk.execute(
        "SELECT a.state, i.leg FROM attempts AS a JOIN intents AS i ON i.id = a.intent_id"
        " WHERE a.client_order_id = %s",
        orphan,
    )
    assert states == [("open", "entry")]
    assert parked(trader) == set()
    await look(trader)
    assert len(differences(trader, "orphan_order")) == 1


async def test_closing_an_orphan_cancels_it(trader: Trader) -> None:
    account = trader.desk.accounts[0]
    orphan = await rest_an_orphan(trader, account)
    await look(trader)
    assert orphan in await resting(trader, account)
    assert await settle(trader, Decision.CLOSE) == "adopted"
    assert orphan not in await resting(trader, account)


async def test_an_order_of_the_customers_own_is_neither_an_orphan_nor_touched(
    trader: Trader,
) -> None:
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    price = (await trader.price(session.exchange) * Decimal("0.8")).quantize(Decimal(1))
    request = make_request(
        session.exchange,
        order_type=OrderType.LIMIT,
        price=price,
        quantity=Decimal("0.01"),
        time_in_force=TimeInForce.GTC,
        client_order_id="by-hand-1",
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    await trader.context.gateway.submit(session, request)
    await look(trader)
    await reconciled(trader)
    assert parked(trader) == set()
    assert await resting(trader, account) == {"by-hand-1"}


async def test_an_id_that_only_looks_like_ours_is_the_customers_own(trader: Trader) -> None:
    account, other = trader.desk.accounts[:2]
    forged = f"ptp{'a' * 24}-1"
    copied = made_here(trader, other)
    for name in (forged, copied):
        await rest_an_orphan(trader, account, name=name)
    await look(trader)
    await reconciled(trader)
    assert differences(trader, "orphan_order") == []
    assert parked(trader) == set()
    assert not trader.context.is_cold
    assert await resting(trader, account) == {forged, copied}


@pytest.mark.parametrize(("drift", "is_parked"), [("1.99", False), ("-2.01", True)])
async def test_a_wallet_may_drift_by_two_basis_points_of_equity_within_a_day(
    trader: Trader, drift: str, is_parked: bool
) -> None:
    account = trader.desk.accounts[0]
    trader.desk.execute(
        "INSERT INTO ledger_cursors (account_id, tie_out_difference, tied_at, day_difference,"
        " day_started_at) VALUES (%s, 100 + %s, now(), 100, now())",
        account,
        Decimal(drift),
    )
    await reconcile.run(trader.context)
    assert (parked(trader) == {account}) is is_parked
    if is_parked:
        assert await settle(trader, Decision.ADOPT) == "adopted"
        await reconcile.run(trader.context)
        assert parked(trader) == set()


async def test_a_day_that_ended_within_its_tolerance_begins_the_next_one_anew(
    trader: Trader,
) -> None:
    account = trader.desk.accounts[0]
    trader.desk.execute(
        "INSERT INTO ledger_cursors (account_id, tie_out_difference, tied_at, day_difference,"
        " day_started_at) VALUES (%s, 1.5, now(), 0, now() - interval '1 day')",
        account,
    )
    await reconcile.run(trader.context)
    found = trader.desk.execute(
        "SELECT day_difference FROM ledger_cursors WHERE account_id = %s", account
    )
    assert found == [(Decimal("1.5"),)]
    assert parked(trader) == set()


async def test_a_full_reading_finds_a_trade_that_was_missed_and_says_so(trader: Trader) -> None:
    await enter(trader)
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    mark = await trader.price(session.exchange)
    trader.context.prices.put(session.exchange, AccountMode.PAPER, SYMBOL, mark=mark)
    await exits.close_position(
        trader.context, account, SYMBOL, command_id=None, cause="a missed exit"
    )
    run_id = await a_command(trader)
    report = await account_sync.run(
        trader.context, session, run_id=run_id, kind="full", requested_by=None
    )
    assert report["read"]["trades"] >= 1
    assert any(f"{SYMBOL}: position" in said for said in report["changed"])
    stored = trader.desk.execute(
        "SELECT kind, state, report -> 'changed' <> '[]'::jsonb,"
        " finished_at >= started_at FROM sync_runs WHERE id = %s",
        run_id,
    )
    assert stored == [("full", "succeeded", True, True)]
    assert booked(trader, account) == 0


async def test_a_reading_that_fails_says_why(trader: Trader) -> None:
    session = trader.sessions[0]
    wrong = make_session(
        session.exchange, account_id=session.account_id, api_key="nobody", api_secret="wrong"
    )
    await trader.context.gateway.forget(session.account_id)
    run_id = await a_command(trader)
    with pytest.raises(ExchangeError):
        await account_sync.run(
            trader.context, wrong, run_id=run_id, kind="incremental", requested_by=None
        )
    await trader.context.gateway.forget(session.account_id)
    stored = trader.desk.execute("SELECT state, error <> '' FROM sync_runs WHERE id = %s", run_id)
    assert stored == [("failed", True)]
