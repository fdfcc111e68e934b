"""Whatever an account does, its log, executions, positions and wallet tell one story."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.accounts import Account, Permissions
from daemon.paper_exchange.bybit.history import History
from daemon.paper_exchange.bybit.rest import BybitRest
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.refusals import Refused
from tests.paper_exchange.bybit_desk import START_MS, Clockwork, FlatPrices

STEPS = st.one_of(
    st.tuples(
        st.just("order"), st.sampled_from(["Buy", "Sell"]), st.integers(1, 400), st.booleans()
    ),
    st.tuples(st.just("price"), st.integers(90_000, 110_000)),
    st.tuples(st.just("limit"), st.sampled_from(["Buy", "Sell"]), st.integers(-300, 300)),
    st.tuples(st.just("time"), st.integers(1, 20_000)),
)


def run(steps: list[tuple[Any, ...]]) -> tuple[Engine, Account, BybitRest]:
    clockwork = Clockwork()
    engine = Engine(
        profile=PROFILES["bybit"],
        instruments=INSTRUMENTS["bybit"],
        source=FlatPrices(),
        clock=MarketClock(market_ms=START_MS, monotonic=clockwork.monotonic),
    )
    rest = BybitRest(engine, clockwork.wall, BybitOptions(acknowledgement_lag_ms=0))
    engine.subscribe(rest.parts.stops.watch)
    account = engine.create_account(
        CreateAccount(
            api_key="k",
            api_secret="s",
            label="",
            balance=Decimal("4321.98765432"),
            permissions=Permissions(),
            leverage=20,
        )
    )
    for step in steps:
        try:
            _do(engine, rest, account, clockwork, step)
        except Refused:
            continue
        finally:
            engine.tick()
    return engine, account, rest


def _do(
    engine: Engine, rest: BybitRest, account: Account, clockwork: Clockwork, step: tuple[Any, ...]
) -> None:
    body: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT"}
    if step[0] == "order":
        quantity = str(Decimal(step[2]) / 1000)
        body |= {"orderType": "Market", "side": step[1], "qty": quantity, "reduceOnly": step[3]}
        rest.parts.trading.create(account, body)
    elif step[0] == "limit":
        price = str(int(engine.market("BTCUSDT").last_price) + step[2])
        body |= {"orderType": "Limit", "side": step[1], "qty": "0.013", "price": price}
        rest.parts.trading.create(account, body)
    elif step[0] == "price":
        engine.set_price("BTCUSDT", Decimal(step[1]))
    else:
        clockwork.pass_time(step[1])


def pages(answer: Any, account: Account, params: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = answer(account, {"category": "linear", "cursor": cursor, **params})
        rows += page["list"]
        cursor = page["nextPageCursor"]
        if not cursor:
            return rows


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_log_executions_position_and_wallet_tell_one_story(steps: list[tuple[Any, ...]]) -> None:
    engine, account, rest = run(steps)
    history: History = rest.parts.history
    week = {"startTime": engine.time_ms - 604_800_000 + 60_000, "endTime": engine.time_ms + 60_000}
    log = pages(history.transaction_log, account, {"category": "", "limit": 7, **week})
    trades = pages(history.executions, account, {"execType": "Trade", "limit": 7, **week})
    payments = pages(history.executions, account, {"execType": "Funding", **week})

    assert sum((Decimal(row["change"]) for row in log), Decimal(0)) == account.wallet_balance
    balance = Decimal(0)
    for row in reversed(log):
        balance += Decimal(row["change"])
        assert Decimal(row["cashBalance"]) == balance
    ids = [row["execId"] for row in trades]
    assert len(set(ids)) == len(ids)
    assert ids == [row["tradeId"] for row in log if row["type"] == "TRADE"]
    assert len(payments) == sum(row["type"] == "SETTLEMENT" for row in log)
    signed = sum(
        (Decimal(t["execQty"]) * (1 if t["side"] == "Buy" else -1) for t in trades), Decimal(0)
    )
    assert signed == account.quantity_of("BTCUSDT")
    closed = pages(history.closed_pnl, account, week)
    assert sum((Decimal(row["closedSize"]) for row in closed), Decimal(0)) == sum(
        (Decimal(t["closedSize"]) for t in trades), Decimal(0)
    )
