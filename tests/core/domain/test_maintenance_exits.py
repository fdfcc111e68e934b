from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.maintenance import Window, WindowSource, WindowState
from patriot_app.core.domain.maintenance_exits import (
    TRIES_MAX,
    ExitTry,
    MaintenanceRule,
    PositionsAtMaintenance,
    is_time_to_leave,
    maintenance_rule,
    quantity_to_leave,
)

STARTS = datetime(2026, 3, 2, 14, tzinfo=UTC)
LEAD = timedelta(minutes=5)
CLOSE = MaintenanceRule(PositionsAtMaintenance.CLOSE)
HALF = MaintenanceRule(PositionsAtMaintenance.REDUCE, Decimal("0.5"))


def make_window(
    *,
    state: WindowState = WindowState.PLANNED,
    is_expected: bool = True,
    entries_lead: timedelta = timedelta(minutes=10),
) -> Window:
    return Window(
        id=uuid4(),
        exchange=Exchange.BINANCE,
        mode=None,
        source=WindowSource.OPERATOR,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1),
        no_entries_from=STARTS - entries_lead,
        reason="Announced",
        state=state,
        is_expected=is_expected,
    )


def a_try(quantity: str, filled: str = "0", *, is_ended: bool = True) -> ExitTry:
    return ExitTry(Decimal(quantity), Decimal(filled), is_ended)


@pytest.mark.parametrize(
    ("seconds_before", "is_time"),
    [(301, False), (300, True), (6, True), (5, False), (-1, False)],
)
def test_positions_are_left_in_the_last_minutes_in_which_orders_go(
    seconds_before: int, is_time: bool
) -> None:
    now = STARTS - timedelta(seconds=seconds_before)
    assert is_time_to_leave(make_window(), now, lead=LEAD) is is_time


@pytest.mark.parametrize(
    "window",
    [
        make_window(state=WindowState.WITHDRAWN),
        make_window(state=WindowState.RUNNING),
        make_window(is_expected=False),
        make_window(entries_lead=timedelta(minutes=1)),
    ],
)
def test_nothing_is_left_for_a_window_that_is_off_or_while_entries_go(window: Window) -> None:
    assert not is_time_to_leave(window, STARTS - timedelta(minutes=3), lead=LEAD)


def test_older_versions_keep_their_positions() -> None:
    assert maintenance_rule({}).what is PositionsAtMaintenance.KEEP
    assert quantity_to_leave(maintenance_rule({}), [], held=Decimal(1)) is None
    assert maintenance_rule({"at_maintenance": "reduce", "maintenance_part": "0.5"}) == HALF


@pytest.mark.parametrize("held", [Decimal("0.4"), Decimal("-0.4")])
def test_a_position_is_closed_until_nothing_is_left(held: Decimal) -> None:
    assert quantity_to_leave(CLOSE, [], held=held) == Decimal("0.4")
    assert quantity_to_leave(CLOSE, [a_try("1", "0.6")], held=held) == Decimal("0.4")
    assert quantity_to_leave(CLOSE, [a_try("1")], held=Decimal(0)) is None


def test_a_position_is_reduced_once_whatever_became_of_the_orders() -> None:
    whole = Decimal("-1")
    assert quantity_to_leave(HALF, [], held=whole) == Decimal("0.5")
    assert quantity_to_leave(HALF, [a_try("0.5")], held=whole) == Decimal("0.5")
    assert quantity_to_leave(HALF, [a_try("0.5", "0.2")], held=Decimal("-0.8")) == Decimal("0.3")
    done = [a_try("0.5", "0.2"), a_try("0.3", "0.3")]
    assert quantity_to_leave(HALF, done, held=Decimal("-0.5")) is None


@pytest.mark.parametrize("rule", [CLOSE, HALF])
def test_nothing_more_is_sent_while_an_order_is_open_or_after_the_last_try(
    rule: MaintenanceRule,
) -> None:
    still_open = [a_try("1", is_ended=False)]
    assert quantity_to_leave(rule, still_open, held=Decimal(1)) is None
    assert quantity_to_leave(rule, [a_try("1")] * TRIES_MAX, held=Decimal(1)) is None
