"""An exchange under maintenance: entries pause before it, nothing is sent in it, all is read after it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import condition, exits, fan_out, maintenance, reading, recovery
from daemon.jobs import recover_accounts, watch_maintenance
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.conditions import Cause
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.maintenance import Closure
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import account_states
from patriot_app.core.services import maintenance as windows
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

LASTS = timedelta(minutes=30)
both = pytest.mark.parametrize("trader", list(Exchange), indirect=True)


class WrongClock(SystemClock):
    """A machine whose wall clock is off; its monotonic one is not."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


@pytest.fixture
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=2, exchanges=(getattr(request, "param", Exchange.BYBIT),)
    ) as trader:
        # Each test is about its own exchange: what is left behind would close it for the next.
        yield trader
        trader.desk.execute("DELETE FROM maintenance_windows")


def exchange_of(trader: Trader) -> Exchange:
    return trader.sessions[0].exchange


def the_windows(trader: Trader, *columns: str) -> list[tuple[object, ...]]:
    names = ", ".join(columns)
    return trader.desk.execute(f"SELECT {names} FROM maintenance_windows ORDER BY starts_at, id")


def events(trader: Trader, since: datetime) -> list[object]:
    rows = trader.desk.execute(
        "SELECT type FROM events WHERE type LIKE 'Maintenance%%' AND recorded_at >= %s"
        " ORDER BY sequence",
        since,
    )
    return [row[0] for row in rows]


async def enter_window(trader: Trader, *, starts_in: timedelta) -> UUID:
    async with begin(SYSTEM) as uow:
        return await windows.plan(
            uow,
            exchange=exchange_of(trader),
            starts_at=uow.now + starts_in,
            ends_at=uow.now + starts_in + LASTS,
            reason="Its status page says so",
        )


async def close_exchange(trader: Trader, **details: object) -> str:
    """Let the exchange itself refuse everything; return what to take away to open it again."""
    planned = await trader.paper.plan_fault(
        "maintenance", "", exchange=exchange_of(trader).value, **details
    )
    return str(planned["fault"]["id"])


async def open_exchange(trader: Trader, fault: str) -> None:
    await trader.paper.control("DELETE", f"/faults/{fault}")


def refused_writes(trader: Trader) -> list[str]:
    """Return the requests that would have changed something and met a closed exchange."""
    met = trader.paper.exchange.host.faults.happened
    return [f"{each.method} {each.path}" for each in met if each.method != "GET"]


async def outcomes(trader: Trader, signal_id: UUID) -> set[object]:
    rows = trader.desk.execute(
        "SELECT reason_code FROM fan_out_accounts WHERE signal_id = %s", signal_id
    )
    return {row[0] for row in rows}


async def hold_positions(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await read_all(trader)


async def read_all(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def rest_below_the_market(trader: Trader) -> UUID:
    """Let an entry of each account rest 1 % below the market; return its signal."""
    price = ((await trader.price()) * Decimal("0.99")).quantize(Decimal(1))
    signal_id = await trader.signal(
        stop_loss=(price * Decimal("0.98")).quantize(Decimal(1)),
        entry=limit_entry(
            price,
            time_in_force=TimeInForce.GTC,
            market_now=trader.context.market_now(),
            life=timedelta(hours=1),
        ),
    )
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    return signal_id


async def entries_of(trader: Trader, signal_id: UUID) -> list[tuple[object, ...]]:
    """Return the state of each entry of a signal, and why it was taken back."""
    return trader.desk.execute(
        "SELECT attempts.state, coalesce(cancel_cause, '') FROM attempts"
        " JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s AND leg = 'entry' ORDER BY 1, 2",
        signal_id,
    )


@both
async def test_a_window_pauses_entries_then_everything_and_is_read_after(trader: Trader) -> None:
    await hold_positions(trader)
    held = [await trader.held(account) for account in trader.desk.accounts]
    assert all(quantity > 0 for quantity in held)
    window_id = await enter_window(trader, starts_in=timedelta(minutes=5))
    await watch_maintenance.run(trader.context)

    # Ten minutes before: nothing opens, what is open may be closed.
    signal_id = await trader.signal(action=SignalAction.OPEN_SHORT)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await read_all(trader)
    exited = [await trader.held(account) for account in trader.desk.accounts]
    assert exited == [Decimal(0), Decimal(0)]
    again = await trader.signal()
    await fan_out.run(trader.context, again, trader.desk.all_shards)
    assert await outcomes(trader, again) == {"EXCHANGE_MAINTENANCE"}
    assert condition.of(trader.context).why[0].cause is Cause.MAINTENANCE
    assert "no new orders, your stops stay on the exchange" in str(condition.of(trader.context))

    # In it: no request that changes anything arrives.
    trader.desk.execute(
        "UPDATE maintenance_windows SET starts_at = now() - interval '1 min',"
        " no_entries_from = now() - interval '11 min' WHERE id = %s",
        window_id,
    )
    fault = await close_exchange(trader)
    await watch_maintenance.run(trader.context)
    closing = await trader.signal(action=SignalAction.CLOSE)
    await fan_out.run(trader.context, closing, trader.desk.all_shards)
    for session in trader.sessions:
        assert not await recovery.recover_account(trader.context, session.account_id)
    assert refused_writes(trader) == []
    assert the_windows(trader, "state") == [("running",)]

    # After it: nothing before every account was read, then as always.
    await open_exchange(trader, fault)
    async with begin(SYSTEM) as uow:
        await windows.end(uow, window_id, reason="Over, its status page says")
    await watch_maintenance.run(trader.context)
    assert the_windows(trader, "state") == [("over",)]
    early = await trader.signal()
    await fan_out.run(trader.context, early, trader.desk.all_shards)
    assert await outcomes(trader, early) == {"ACCOUNT_NOT_READY"}
    await recover_accounts.run(trader.context)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    assert all([await trader.held(account) > 0 for account in trader.desk.accounts])


@both
async def test_what_begins_unannounced_closes_the_exchange_and_wakes_somebody(
    trader: Trader,
) -> None:
    await hold_positions(trader)
    began = trader.context.clock.now()
    fault = await close_exchange(trader)
    await watch_maintenance.run(trader.context)
    assert the_windows(trader, "state", "is_expected", "is_reported") == [("running", False, True)]
    assert events(trader, began) == ["MaintenanceBeganUnexpectedly"]
    refused = await trader.signal(action=SignalAction.CLOSE)
    await fan_out.run(trader.context, refused, trader.desk.all_shards)
    assert await outcomes(trader, refused) == {"EXCHANGE_MAINTENANCE"}
    assert refused_writes(trader) == []

    await open_exchange(trader, fault)
    trader.context.maintenance_asked.clear()
    if exchange_of(trader) is Exchange.BYBIT:
        # It had told when it would be over: that binds, unless a person knows better.
        await watch_maintenance.run(trader.context)
        assert the_windows(trader, "state", "is_reported") == [("running", False)]
        trader.desk.execute("UPDATE maintenance_windows SET ends_at = now()")
    await watch_maintenance.run(trader.context)
    assert the_windows(trader, "state") == [("over",)]
    assert events(trader, began)[-1] == "MaintenanceEnded"
    rows = trader.desk.execute(
        "SELECT DISTINCT is_ready FROM account_states WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert rows == [(False,)]


@pytest.mark.parametrize("trader", [Exchange.BINANCE], indirect=True)
@pytest.mark.parametrize("is_moving", [True, False])
async def test_binances_one_status_closes_the_futures_only_when_they_stand_still(
    trader: Trader, is_moving: bool
) -> None:
    await trader.paper.set_clock(paused=not is_moving, speed=60)
    planned = await trader.paper.plan_fault(
        "respond",
        "/sapi/v1/system/status",
        exchange="binance",
        status=200,
        body='{"status": 1, "msg": "system_maintenance"}',
        times=9,
    )
    await watch_maintenance.run(trader.context)
    expected = [] if is_moving else [("running",)]
    assert the_windows(trader, "state") == expected
    await open_exchange(trader, str(planned["fault"]["id"]))


@pytest.mark.parametrize("trader", [Exchange.BINANCE], indirect=True)
async def test_trouble_of_binances_wallets_is_no_sign_of_the_futures(trader: Trader) -> None:
    planned = await trader.paper.plan_fault(
        "respond",
        "/sapi/",
        exchange="binance",
        status=400,
        body='{"code": -10001, "msg": "The system is under maintenance."}',
        times=9,
    )
    with pytest.raises(ExchangeError):
        await trader.context.gateway.fetch_permissions(trader.sessions[0])
    await watch_maintenance.run(trader.context)
    assert the_windows(trader, "state") == []
    await open_exchange(trader, str(planned["fault"]["id"]))


async def test_an_expected_one_that_lasts_longer_is_told_once(trader: Trader) -> None:
    began = trader.context.clock.now()
    window_id = await enter_window(trader, starts_in=timedelta(seconds=-1))
    await close_exchange(trader)
    await watch_maintenance.run(trader.context)
    assert events(trader, began) == ["MaintenancePlanned", "MaintenanceBegan", "MaintenanceBegan"]
    trader.desk.execute(
        "UPDATE maintenance_windows SET starts_at = now() - interval '40 min',"
        " no_entries_from = now() - interval '50 min', ends_at = now() - interval '1 min'"
    )
    for _ in range(2):
        await watch_maintenance.run(trader.context)
    assert events(trader, began)[3:] == ["MaintenanceEnded", "MaintenanceOverran"]
    states = trader.desk.execute("SELECT id, state FROM maintenance_windows WHERE state = 'over'")
    assert states == [(window_id, "over")]
    session = trader.sessions[0]
    market = session.exchange, AccountMode.PAPER
    assert maintenance.closure(trader.context, *market) is Closure.EVERYTHING


@pytest.mark.parametrize(
    ("starts_in", "wrong_by", "closure"),
    [
        (timedelta(minutes=40), timedelta(hours=1), Closure.OPEN),
        (timedelta(seconds=-1), timedelta(hours=-1), Closure.EVERYTHING),
    ],
)
async def test_a_window_begins_by_the_databases_time_whatever_our_clock_says(
    trader: Trader, starts_in: timedelta, wrong_by: timedelta, closure: Closure
) -> None:
    await enter_window(trader, starts_in=starts_in)
    trader.context.clock = WrongClock(wrong_by)
    await watch_maintenance.run(trader.context)
    session = trader.sessions[0]
    market = session.exchange, session.mode
    assert maintenance.closure(trader.context, *market) is closure
    causes = {why.cause for why in condition.of(trader.context).why}
    assert (Cause.MAINTENANCE in causes) is (closure is Closure.EVERYTHING)


async def test_an_operator_may_end_what_the_exchange_says_goes_on(trader: Trader) -> None:
    await close_exchange(trader)
    await watch_maintenance.run(trader.context)
    ((window_id,),) = the_windows(trader, "id")
    async with begin(SYSTEM) as uow:
        await windows.end(uow, window_id, reason="It trades; only its status says otherwise")  # type: ignore[arg-type]
    for _ in range(2):
        trader.context.maintenance_asked.clear()
        await watch_maintenance.run(trader.context)
    assert the_windows(trader, "state") == [("over",)]


async def test_a_reading_that_began_in_the_window_makes_nobody_ready(trader: Trader) -> None:
    account = trader.desk.accounts[0]
    before = trader.context.clock.now()
    window_id = await enter_window(trader, starts_in=timedelta(seconds=-1))
    await watch_maintenance.run(trader.context)
    async with begin(SYSTEM) as uow:
        await windows.end(uow, window_id, reason="Over")
    await watch_maintenance.run(trader.context)
    for read_since, is_ready in [(before, False), (trader.context.clock.now(), True)]:
        async with begin(SYSTEM) as uow:
            await account_states.mark_ready(
                uow, account, open_orders=0, open_positions=0, read_since=read_since
            )
        assert trader.desk.execute(
            "SELECT is_ready FROM account_states WHERE account_id = %s", account
        ) == [(is_ready,)]


async def test_an_exit_that_was_planned_before_is_not_sent_in_it(trader: Trader) -> None:
    await hold_positions(trader)
    account = trader.desk.accounts[0]
    await enter_window(trader, starts_in=timedelta(seconds=2))
    sent = await exits.close_position(
        trader.context, account, SYMBOL, command_id=None, cause="tests"
    )
    assert sent is not None
    assert list(sent.unsent.values()) == ["The exchange is under maintenance"]
    assert await trader.held(account) > 0


@pytest.mark.parametrize("choice", ["keep", "cancel"])
async def test_what_rests_before_a_window_stays_or_is_taken_back(
    trader: Trader, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader.context.settings, "entries_at_maintenance", choice)
    signal_id = await rest_below_the_market(trader)
    assert await entries_of(trader, signal_id) == [("open", "")] * 2
    await watch_maintenance.run(trader.context)
    assert await entries_of(trader, signal_id) == [("open", "")] * 2

    await enter_window(trader, starts_in=timedelta(minutes=5))
    await watch_maintenance.run(trader.context)
    await read_all(trader)
    left = {"keep": ("open", ""), "cancel": ("canceled", "maintenance")}[choice]
    assert await entries_of(trader, signal_id) == [left] * 2


async def test_what_rests_stays_once_nothing_may_be_sent(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader.context.settings, "entries_at_maintenance", "cancel")
    signal_id = await rest_below_the_market(trader)
    await enter_window(trader, starts_in=timedelta(seconds=2))
    await watch_maintenance.run(trader.context)
    assert await entries_of(trader, signal_id) == [("open", "")] * 2
