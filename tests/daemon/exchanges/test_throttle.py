"""The limiter keeps below the exchanges' limits and leaves room for exits."""

import asyncio

import pytest

from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.rate_windows import USABLE_SHARE
from daemon.exchanges.throttle import (
    ADDRESS_LIMITS,
    POLLING_SHARE_MIN,
    READ_LANE,
    Address,
    Lane,
    Throttle,
)
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import ExchangeUnavailable
from tests.daemon.exchanges.builders import NOW, make_session

BINANCE: Address = (Exchange.BINANCE, AccountMode.PAPER, None)
BYBIT: Address = (Exchange.BYBIT, AccountMode.PAPER, None)


async def test_polling_stops_where_exits_still_pass() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    limit = ADDRESS_LIMITS[Exchange.BINANCE].units
    await throttle.admit_read(BINANCE, weight=limit * USABLE_SHARE * Lane.POLLING.value)
    with pytest.raises(ExchangeUnavailable):
        await throttle.admit_read(BINANCE, weight=1, wait_s_max=1.0)
    token = READ_LANE.set(Lane.EXIT)
    await throttle.admit_read(BINANCE, weight=100, wait_s_max=0.0)
    READ_LANE.reset(token)
    await throttle.admit([make_session()], lane=Lane.ENTRY, weight=1, wait_s_max=0.0)


async def test_a_take_over_passes_beside_a_background_that_used_its_share() -> None:
    throttle = Throttle(FrozenClock(NOW))
    usable = ADDRESS_LIMITS[Exchange.BINANCE].units * USABLE_SHARE
    needed = 0.4 * usable
    throttle.keep_for_take_overs({BINANCE: needed})
    await throttle.admit_read(BINANCE, weight=usable * (Lane.TAKE_OVER.value - 0.4))
    with pytest.raises(ExchangeUnavailable):
        await throttle.admit_read(BINANCE, weight=1, wait_s_max=1.0)
    token = READ_LANE.set(Lane.TAKE_OVER)
    await throttle.admit_read(BINANCE, weight=needed, wait_s_max=0.0)
    READ_LANE.set(Lane.RESOLUTION)
    await throttle.admit_read(BINANCE, weight=1, wait_s_max=0.0)
    READ_LANE.reset(token)


async def test_the_background_keeps_its_least_share_whatever_a_take_over_would_need() -> None:
    throttle = Throttle(FrozenClock(NOW))
    usable = ADDRESS_LIMITS[Exchange.BINANCE].units * USABLE_SHARE
    throttle.keep_for_take_overs({BINANCE: 10 * usable})
    await throttle.admit_read(BINANCE, weight=usable * POLLING_SHARE_MIN, wait_s_max=0.0)
    with pytest.raises(ExchangeUnavailable):
        await throttle.admit_read(BINANCE, weight=1, wait_s_max=1.0)


async def test_no_window_ever_holds_more_than_we_allow() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    admitted: list[float] = []
    for _ in range(3_000):
        await throttle.admit_read(BYBIT, weight=1)
        admitted.append(clock.monotonic())
    limit = ADDRESS_LIMITS[Exchange.BYBIT]
    for index, at in enumerate(admitted):
        inside = [other for other in admitted[: index + 1] if other > at - limit.window_s]
        assert len(inside) <= limit.units * USABLE_SHARE


async def test_one_account_waits_for_itself_and_not_for_others() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    busy = make_session(Exchange.BYBIT)
    for _ in range(6):
        await throttle.admit([busy], lane=Lane.ENTRY, weight=1)
    assert clock.monotonic() == 0.0
    await throttle.admit([make_session(Exchange.BYBIT)], lane=Lane.ENTRY, weight=1)
    assert clock.monotonic() == 0.0
    await throttle.admit([busy], lane=Lane.ENTRY, weight=1)
    assert clock.monotonic() == pytest.approx(1.0)


async def test_a_fan_out_larger_than_the_window_passes_in_slices() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    sessions = [make_session(Exchange.BYBIT) for _ in range(1_000)]
    await throttle.admit(sessions, lane=Lane.ENTRY, weight=1)
    # 600 in 5 s, four fifths usable, three quarters of that for entries: 360 at a time.
    assert clock.monotonic() == pytest.approx(10.0)


async def test_a_fan_out_over_many_addresses_does_not_wait() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    sessions = [
        make_session(Exchange.BYBIT, source_address=f"127.0.0.{2 + index % 10}")
        for index in range(1_000)
    ]
    await throttle.admit(sessions, lane=Lane.ENTRY, weight=1)
    assert clock.monotonic() == 0.0


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (429, {"Retry-After": "7"}, b"", 7.0),
        (418, {}, b"IP banned until %d. Please" % (NOW.timestamp() * 1000 + 120_000), 120.0),
        (429, {}, b"", 10.0),
    ],
)
async def test_a_ban_silences_every_lane(
    status: int, headers: dict[str, str], body: bytes, seconds: float
) -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    throttle.observe(BINANCE, status=status, headers=headers, body=body)
    silent_s = throttle.silent_for_s(BINANCE)
    assert seconds <= silent_s < seconds + 1
    await throttle.admit([make_session()], lane=Lane.EXIT, weight=0, wait_s_max=300.0)
    assert clock.monotonic() == pytest.approx(silent_s)


async def test_silenced_addresses_come_back_one_after_the_other() -> None:
    throttle = Throttle(FrozenClock(NOW))
    addresses: list[Address] = [
        (Exchange.BINANCE, AccountMode.PAPER, f"127.0.0.{number}") for number in range(2, 12)
    ]
    for address in addresses:
        throttle.observe(address, status=429, headers={"Retry-After": "7"}, body=b"")
    assert len({throttle.silent_for_s(address) for address in addresses}) == len(addresses)
    other: Address = (Exchange.BINANCE, AccountMode.PAPER, "127.0.0.99")
    assert throttle.silent_for_s(other) == 0.0


async def test_bybit_too_frequent_means_ten_minutes() -> None:
    throttle = Throttle(FrozenClock(NOW))
    throttle.observe(BYBIT, status=403, headers={}, body=b"access too frequent")
    assert 600.0 <= throttle.silent_for_s(BYBIT) < 601.0


async def test_the_exchange_is_believed_when_it_counted_more() -> None:
    throttle = Throttle(FrozenClock(NOW))
    throttle.observe(BINANCE, status=200, headers={"X-MBX-USED-WEIGHT-1M": "1900"}, body=b"")
    with pytest.raises(ExchangeUnavailable):
        await throttle.admit_read(BINANCE, weight=1, wait_s_max=5.0)


async def test_waiters_of_one_lane_pass_in_order() -> None:
    throttle = Throttle(FrozenClock(NOW))
    order: list[int] = []

    async def enter(number: int) -> None:
        await throttle.admit_read(BYBIT, weight=100, wait_s_max=300.0)
        order.append(number)

    await asyncio.gather(*(enter(number) for number in range(30)))
    assert order == sorted(order)


async def test_an_account_that_waits_does_not_hold_up_its_address() -> None:
    throttle = Throttle(FrozenClock(NOW))
    busy = make_session(Exchange.BYBIT)
    other = make_session(Exchange.BYBIT)
    for _ in range(6):
        await throttle.admit([busy], lane=Lane.ENTRY, weight=1)
    order: list[str] = []

    async def enter(name: str, session: AccountSession) -> None:
        await throttle.admit([session], lane=Lane.ENTRY, weight=1)
        order.append(name)

    await asyncio.gather(enter("busy", busy), enter("other", other))
    assert order == ["other", "busy"]


async def test_bybit_is_believed_about_an_account() -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    account = make_session(Exchange.BYBIT)
    throttle.observe_account(
        account.account_id,
        Exchange.BYBIT,
        headers={"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "1"},
    )
    await throttle.admit([account], lane=Lane.ENTRY, weight=1)
    assert clock.monotonic() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("header", "counted", "waits_s"),
    [("X-MBX-ORDER-COUNT-10S", "180", 10.0), ("X-MBX-ORDER-COUNT-1M", "720", 60.0)],
)
async def test_binance_is_believed_about_an_account(
    header: str, counted: str, waits_s: float
) -> None:
    clock = FrozenClock(NOW)
    throttle = Throttle(clock)
    account = make_session()
    throttle.observe_account(account.account_id, Exchange.BINANCE, headers={header: counted})
    await throttle.admit([account], lane=Lane.ENTRY, weight=0)
    assert clock.monotonic() == pytest.approx(waits_s)
    used = throttle.orders_used(account.account_id, Exchange.BINANCE)
    assert [limit.window_s for _, limit in used] == [10.0, 60.0]


async def test_the_ledger_tells_what_is_used_and_who_waits() -> None:
    throttle = Throttle(FrozenClock(NOW))
    throttle.observe(BINANCE, status=200, headers={"X-MBX-USED-WEIGHT-1M": "1900"}, body=b"")
    assert throttle.ledger(BINANCE).used == 1900.0
    waiting = asyncio.create_task(throttle.admit_read(BINANCE, weight=1))
    await asyncio.sleep(0)
    assert throttle.ledger(BINANCE).waiting[Lane.POLLING] == 1
    await waiting
    assert throttle.ledger(BINANCE).waiting[Lane.POLLING] == 0
