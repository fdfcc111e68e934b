from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from patriot_app.core.domain.accounts import AccountMode, AccountStatus, Exchange
from patriot_app.core.domain.entries import Entry, limit_entry
from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.intents import (
    Denied,
    MarkPrice,
    Planned,
    PlanParameters,
    Skipped,
    Verdict,
    plan,
)
from patriot_app.core.domain.orders import Leg, OrderType, Side, TimeInForce
from patriot_app.core.domain.reasons import DenialReason, SkipReason
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.domain.targets import HeldEntries
from tests.factories.market import make_instrument, make_signal
from tests.factories.trading import WALL_NOW, make_exposure, make_limits, make_target

SIGNAL_ID = UUID(int=99)


def plan_all(targets: list[Any], **overrides: Any) -> list[Verdict]:
    arguments: dict[str, Any] = {
        "signal_id": SIGNAL_ID,
        "instruments": {Exchange.BINANCE: make_instrument()},
        "prices": {(Exchange.BINANCE, AccountMode.PAPER): MarkPrice(Decimal(50_000), 100)},
        "parameters": PlanParameters(risk_fraction=Decimal("0.01")),
        "desk_notional": Decimal(0),
        "deadline": WALL_NOW + timedelta(seconds=30),
        "now": WALL_NOW,
    }
    signal = overrides.pop("signal", make_signal())
    return plan(signal, targets, **(arguments | overrides))


def plan_one(target: Any, **overrides: Any) -> Verdict:
    (verdict,) = plan_all([target], **overrides)
    return verdict


def test_an_entry_is_sized_and_carries_its_stop() -> None:
    verdict = plan_one(make_target(), signal=make_signal(take_profit="52000"))
    assert isinstance(verdict, Planned)
    (entry,) = verdict.intents
    assert (entry.leg, entry.side, entry.quantity) == (Leg.ENTRY, Side.BUY, Decimal("0.1"))
    assert (entry.stop_loss, entry.take_profit) == (Decimal(49_000), Decimal(52_000))
    assert (entry.notional, entry.initial_margin, entry.leverage) == (5_000, 500, 10)
    assert entry.reduce_only is False


def limit_at(price: str) -> Entry:
    return limit_entry(Decimal(price), time_in_force=TimeInForce.GTC, market_now=WALL_NOW)


def test_a_limit_entry_is_sized_from_its_own_price() -> None:
    signal = make_signal(stop_loss="48500", entry=limit_at("49000.07"))
    verdict = plan_one(make_target(), signal=signal)
    assert isinstance(verdict, Planned)
    (entry,) = verdict.intents
    assert (entry.order_type, entry.time_in_force) == (OrderType.LIMIT, TimeInForce.GTC)
    # Rounded down to the tick, and the stop stays where it was given.
    assert (entry.price, entry.stop_loss) == (Decimal("49000.0"), Decimal(48_500))
    assert entry.quantity == Decimal("0.2")
    assert entry.expires_at is not None


def test_a_limit_price_is_the_same_wherever_the_market_stands() -> None:
    signal = make_signal(stop_loss="48500", entry=limit_at("49000"))
    for mark in (49_500, 50_500):
        prices = {(Exchange.BINANCE, AccountMode.PAPER): MarkPrice(Decimal(mark), 100)}
        verdict = plan_one(make_target(), signal=signal, prices=prices)
        assert isinstance(verdict, Planned)
        assert verdict.intents[0].price == Decimal(49_000)
        assert verdict.intents[0].stop_loss == Decimal(48_500)


HELD = HeldEntries(
    entries=1,
    lowest_price=Decimal(49_500),
    highest_price=Decimal(49_500),
    stop=Decimal(48_500),
)
TWO = PlanParameters(risk_fraction=Decimal("0.01"), entries_max=2)


def test_a_further_entry_at_a_better_price_takes_the_stop_of_the_position() -> None:
    target = make_target(position_quantity=Decimal("0.1"), held=HELD)
    verdict = plan_one(target, signal=make_signal(entry=limit_at("49300")), parameters=TWO)
    assert isinstance(verdict, Planned)
    (entry,) = verdict.intents
    assert (entry.price, entry.stop_loss, entry.take_profit) == (49_300, 48_500, None)
    assert entry.quantity == Decimal("0.125")


@pytest.mark.parametrize(
    ("overrides", "price", "reason"),
    [
        ({}, "49600", SkipReason.PRICE_NOT_BETTER),
        ({}, "48400", SkipReason.STOP_WRONG_SIDE),
        ({"entries": 2}, "49300", SkipReason.ALREADY_IN_POSITION),
    ],
)
def test_a_further_entry_that_may_not_be_says_why(
    overrides: dict[str, Any], price: str, reason: SkipReason
) -> None:
    target = make_target(position_quantity=Decimal("0.1"), held=replace(HELD, **overrides))
    signal = make_signal(stop_loss="48000", entry=limit_at(price))
    verdict = plan_one(target, signal=signal, parameters=TWO)
    assert isinstance(verdict, Skipped)
    assert verdict.reason is reason


def test_the_same_facts_give_the_same_ids() -> None:
    assert plan_all([make_target()]) == plan_all([make_target()])


def test_an_account_trades_at_the_distance_of_the_signal_at_its_own_price() -> None:
    prices = {(Exchange.BINANCE, AccountMode.PAPER): MarkPrice(Decimal(50_500), 100)}
    verdict = plan_one(make_target(), prices=prices)
    assert isinstance(verdict, Planned)
    assert verdict.intents[0].stop_loss == Decimal(49_490)
    assert verdict.intents[0].reference_price == Decimal(50_500)


def test_a_close_exits_the_whole_position_reduce_only() -> None:
    signal = make_signal(action=SignalAction.CLOSE, stop_loss=None)
    verdict = plan_one(make_target(position_quantity=Decimal("-0.25")), signal=signal, prices={})
    assert isinstance(verdict, Planned)
    (exit_leg,) = verdict.intents
    assert (exit_leg.leg, exit_leg.side, exit_leg.quantity) == (
        Leg.EXIT,
        Side.BUY,
        Decimal("0.25"),
    )
    assert exit_leg.reduce_only is True


def test_a_reversal_exits_first_and_enters_afresh() -> None:
    verdict = plan_one(make_target(position_quantity=Decimal("-0.4")))
    assert isinstance(verdict, Planned)
    exit_leg, entry = verdict.intents
    assert (exit_leg.leg, exit_leg.quantity, exit_leg.waits_for) == (
        Leg.EXIT,
        Decimal("0.4"),
        None,
    )
    assert (entry.leg, entry.quantity) == (Leg.ENTRY, Decimal("0.1"))
    assert entry.waits_for == exit_leg.intent_id


def test_a_reversal_may_use_the_margin_that_its_exit_frees() -> None:
    target = make_target(position_quantity=Decimal("-0.4"), available_balance=Decimal(0))
    verdict = plan_one(target)
    assert isinstance(verdict, Planned)
    assert len(verdict.intents) == 2


def test_a_reversal_whose_entry_is_denied_still_exits() -> None:
    target = make_target(position_quantity=Decimal("-0.4"), state=TradingState.REDUCING)
    verdict = plan_one(target)
    assert isinstance(verdict, Planned)
    assert [intent.leg for intent in verdict.intents] == [Leg.EXIT]
    assert isinstance(verdict.refusal, Denied)
    assert verdict.refusal.reason is DenialReason.REDUCE_ONLY_ACTIVE


@pytest.mark.parametrize("state", [{"is_parked": True}, {"status": AccountStatus.SUSPENDED}])
def test_a_stopped_account_may_still_exit(state: dict[str, Any]) -> None:
    signal = make_signal(action=SignalAction.CLOSE, stop_loss=None)
    target = make_target(position_quantity=Decimal(1), **state)
    assert isinstance(plan_one(target, signal=signal), Planned)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"status": AccountStatus.SUSPENDED}, SkipReason.ACCOUNT_SUSPENDED),
        ({"status": AccountStatus.DISABLED}, SkipReason.ACCOUNT_DISABLED),
        ({"is_parked": True}, SkipReason.ACCOUNT_PARKED),
        ({"is_ready": False}, SkipReason.ACCOUNT_NOT_READY),
        ({"is_credential_verified": False}, SkipReason.KEY_NOT_VERIFIED),
        ({"has_order_in_flight": True}, SkipReason.ORDER_IN_FLIGHT),
        ({"equity": None}, SkipReason.BALANCE_STALE),
        ({"balance_age_ms": 60_001}, SkipReason.BALANCE_STALE),
        ({"position_quantity": Decimal(1)}, SkipReason.ALREADY_IN_POSITION),
        ({"available_balance": Decimal(1)}, SkipReason.INSUFFICIENT_MARGIN),
        ({"equity": Decimal(150)}, SkipReason.BELOW_MIN_NOTIONAL),
        ({"equity": Decimal(10)}, SkipReason.BELOW_MIN_QUANTITY),
        ({"exchange": Exchange.BYBIT}, SkipReason.INSTRUMENT_UNKNOWN),
        ({"mode": AccountMode.LIVE}, SkipReason.PRICE_STALE),
    ],
)
def test_circumstances_skip_with_their_code(facts: dict[str, Any], reason: SkipReason) -> None:
    verdict = plan_one(make_target(**facts))
    assert isinstance(verdict, Skipped)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"state": TradingState.HALTED}, DenialReason.HALT_ACTIVE),
        ({"state": TradingState.REDUCING}, DenialReason.REDUCE_ONLY_ACTIVE),
        (
            {"limits": make_limits(position_notional=Decimal(4_999))},
            DenialReason.POSITION_NOTIONAL_LIMIT,
        ),
        ({"limits": make_limits(order_notional=Decimal(10))}, DenialReason.ORDER_NOTIONAL_LIMIT),
        (
            {"exposure": make_exposure(account_notional=Decimal(95_001))},
            DenialReason.LEVERAGE_LIMIT,
        ),
        (
            {"exposure": make_exposure(day_loss_fraction=Decimal("0.05"))},
            DenialReason.DAILY_LOSS_LIMIT,
        ),
        (
            {"exposure": make_exposure(drawdown_fraction=Decimal("0.2"))},
            DenialReason.DRAWDOWN_LIMIT,
        ),
        (
            {"exposure": make_exposure(day_loss_fraction=None)},
            DenialReason.RISK_FACTS_MISSING,
        ),
        (
            {"limits": make_limits(desk_exposure=Decimal(4_999))},
            DenialReason.DESK_EXPOSURE_LIMIT,
        ),
    ],
)
def test_risk_rules_deny_with_their_code(facts: dict[str, Any], reason: DenialReason) -> None:
    verdict = plan_one(make_target(**facts))
    assert isinstance(verdict, Denied)
    assert verdict.reason is reason
    assert verdict.context


def test_accounts_of_one_plan_fill_the_desk_limit_together() -> None:
    limits = make_limits(desk_exposure=Decimal(12_000))
    targets = [make_target(account_id=UUID(int=n), limits=limits) for n in range(1, 4)]
    first, second, third = plan_all(targets)
    assert isinstance(first, Planned)
    assert isinstance(second, Planned)
    assert isinstance(third, Denied)
    assert third.reason is DenialReason.DESK_EXPOSURE_LIMIT


def test_an_unknown_desk_exposure_denies_where_it_is_limited() -> None:
    target = make_target(limits=make_limits(desk_exposure=Decimal(1_000_000)))
    verdict = plan_one(target, desk_notional=None)
    assert isinstance(verdict, Denied)
    assert verdict.reason is DenialReason.RISK_FACTS_MISSING


def test_the_leverage_limit_caps_the_wanted_leverage() -> None:
    verdict = plan_one(make_target(leverage=20))
    assert isinstance(verdict, Planned)
    assert verdict.intents[0].leverage == 10


def test_a_halt_stops_the_exits_of_strategies() -> None:
    signal = make_signal(action=SignalAction.CLOSE, stop_loss=None)
    target = make_target(position_quantity=Decimal(1), state=TradingState.HALTED)
    verdict = plan_one(target, signal=signal)
    assert isinstance(verdict, Denied)
    assert verdict.reason is DenialReason.HALT_ACTIVE


def test_nothing_to_close_is_skipped() -> None:
    verdict = plan_one(make_target(), signal=make_signal(action=SignalAction.CLOSE))
    assert isinstance(verdict, Skipped)
    assert verdict.reason is SkipReason.NO_POSITION_TO_CLOSE


@pytest.mark.parametrize("action", list(SignalAction))
@pytest.mark.parametrize("is_busy", [True, False])
def test_a_signal_that_a_newer_one_has_passed_is_given_up(
    action: SignalAction, is_busy: bool
) -> None:
    stop = None if action is SignalAction.CLOSE else "49000"
    target = make_target(
        position_quantity=Decimal(-1), is_superseded=True, has_order_in_flight=is_busy
    )
    verdict = plan_one(target, signal=make_signal(action=action, stop_loss=stop))
    assert isinstance(verdict, Skipped)
    assert verdict.reason is SkipReason.SIGNAL_SUPERSEDED


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"now": WALL_NOW + timedelta(seconds=31)}, SkipReason.SIGNAL_EXPIRED),
        ({"signal": make_signal(stop_loss=None)}, SkipReason.STOP_MISSING),
        ({"signal": make_signal(stop_loss="51000")}, SkipReason.STOP_WRONG_SIDE),
        ({"signal": make_signal(take_profit="49500")}, SkipReason.STOP_WRONG_SIDE),
        (
            {"instruments": {Exchange.BINANCE: make_instrument(is_trading=False)}},
            SkipReason.INSTRUMENT_DISABLED,
        ),
        (
            {"prices": {(Exchange.BINANCE, AccountMode.PAPER): MarkPrice(Decimal(50_000), 10_001)}},
            SkipReason.PRICE_STALE,
        ),
        (
            {"prices": {(Exchange.BINANCE, AccountMode.PAPER): MarkPrice(Decimal(52_501), 1)}},
            SkipReason.PRICE_MOVED,
        ),
    ],
)
def test_the_market_skips_with_its_code(overrides: dict[str, Any], reason: SkipReason) -> None:
    verdict = plan_one(make_target(), **overrides)
    assert isinstance(verdict, Skipped)
    assert verdict.reason is reason
