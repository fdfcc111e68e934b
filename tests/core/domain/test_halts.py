from uuid import UUID

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import (
    HALT_TRANSITIONS,
    Halt,
    HaltScope,
    HaltStatus,
    HaltSubject,
    TradingState,
    forbids,
    trading_state,
)
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.transitions import final_states

ACCOUNT = UUID(int=1)
SUBJECT = HaltSubject(
    exchange=Exchange.BINANCE,
    strategy_id=UUID(int=3),
    client_id=UUID(int=2),
    account_id=ACCOUNT,
)


def test_without_a_halt_trading_is_active() -> None:
    assert trading_state([], SUBJECT) == (TradingState.ACTIVE, None)


def test_the_strictest_halt_that_applies_counts() -> None:
    reducing = Halt(HaltScope.DESK, "", TradingState.REDUCING, "quiet day")
    halted = Halt(HaltScope.ACCOUNT, str(ACCOUNT), TradingState.HALTED, "asked by the client")
    other = Halt(HaltScope.EXCHANGE, "bybit", TradingState.HALTED, "maintenance")
    assert trading_state([reducing, other], SUBJECT) == (TradingState.REDUCING, reducing)
    assert trading_state([reducing, halted], SUBJECT) == (TradingState.HALTED, halted)


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        (HaltScope.DESK, ""),
        (HaltScope.EXCHANGE, "binance"),
        (HaltScope.STRATEGY, str(UUID(int=3))),
        (HaltScope.CLIENT, str(UUID(int=2))),
        (HaltScope.ACCOUNT, str(ACCOUNT)),
    ],
)
def test_every_scope_reaches_its_account(scope: HaltScope, key: str) -> None:
    halt = Halt(scope, key, TradingState.HALTED, "test")
    assert trading_state([halt], SUBJECT)[0] is TradingState.HALTED
    if scope is not HaltScope.DESK:
        assert trading_state([halt], HaltSubject())[0] is TradingState.ACTIVE


@pytest.mark.parametrize("state", list(TradingState))
@pytest.mark.parametrize("leg", [Leg.STOP_LOSS, Leg.TAKE_PROFIT, Leg.CANCEL])
def test_protection_and_cancels_always_pass(state: TradingState, leg: Leg) -> None:
    assert not forbids(state, leg)


def test_entries_need_active_and_exits_need_less_than_halted() -> None:
    assert not forbids(TradingState.ACTIVE, Leg.ENTRY)
    assert forbids(TradingState.REDUCING, Leg.ENTRY)
    assert forbids(TradingState.HALTED, Leg.ENTRY, is_operator=True)
    assert not forbids(TradingState.REDUCING, Leg.EXIT)
    assert forbids(TradingState.HALTED, Leg.EXIT)
    assert not forbids(TradingState.HALTED, Leg.EXIT, is_operator=True)


def test_a_lifted_halt_stays_lifted() -> None:
    assert final_states(HALT_TRANSITIONS) == (HaltStatus.LIFTED,)
