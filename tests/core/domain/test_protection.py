from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.orders import Leg, Side
from patriot_app.core.domain.protection import (
    CancelLeg,
    LegState,
    LiveLeg,
    PlaceLeg,
    ReplaceLeg,
    diff_legs,
    is_emergency_exit_due,
    protected_by,
    wanted_legs,
    would_trigger,
)
from tests.factories.trading import WALL_NOW

STOP = LiveLeg(UUID(int=1), Leg.STOP_LOSS, Side.SELL, Decimal(95), None, LegState.PLACED)
TARGET = replace(
    STOP, leg_id=UUID(int=2), leg=Leg.TAKE_PROFIT, trigger_price=Decimal(110), quantity=Decimal(1)
)
LONG = wanted_legs(quantity=Decimal(1), stop=Decimal(95), target=Decimal(110))


def test_a_long_is_guarded_by_sales_and_a_short_by_purchases() -> None:
    assert [(leg.leg, leg.side) for leg in LONG] == [
        (Leg.STOP_LOSS, Side.SELL),
        (Leg.TAKE_PROFIT, Side.SELL),
    ]
    short = wanted_legs(quantity=Decimal(-2), stop=Decimal(105), target=None)
    assert [(leg.side, leg.quantity) for leg in short] == [(Side.BUY, Decimal(2))]


def test_a_flat_position_wants_nothing_and_its_legs_go() -> None:
    assert wanted_legs(quantity=Decimal(0), stop=Decimal(95), target=None) == ()
    assert diff_legs((), [STOP, TARGET]) == (CancelLeg(STOP), CancelLeg(TARGET))


def test_missing_legs_are_placed() -> None:
    assert diff_legs(LONG, []) == (PlaceLeg(LONG[0]), PlaceLeg(LONG[1]))


def test_what_stands_already_is_left_alone() -> None:
    assert diff_legs(LONG, [STOP, TARGET]) == ()


def test_a_moved_stop_is_cancelled_only_when_its_successor_stands() -> None:
    moved = wanted_legs(quantity=Decimal(1), stop=Decimal(97), target=None)
    twin = replace(STOP, leg_id=UUID(int=3))
    assert diff_legs(moved, [STOP, twin]) == (ReplaceLeg(STOP, moved[0]),)
    sent = replace(STOP, leg_id=UUID(int=4), trigger_price=Decimal(97), state=LegState.WANTED)
    assert diff_legs(moved, [STOP, twin, sent]) == ()
    stands = replace(sent, state=LegState.PLACED)
    assert diff_legs(moved, [STOP, twin, stands]) == (CancelLeg(STOP), CancelLeg(twin))


def test_the_stop_of_the_other_side_goes_at_once() -> None:
    short = wanted_legs(quantity=Decimal(-1), stop=Decimal(105), target=None)
    assert diff_legs(short, [STOP]) == (PlaceLeg(short[0]), CancelLeg(STOP))


def test_a_leg_too_small_for_the_position_is_replaced() -> None:
    wanted = wanted_legs(quantity=Decimal(2), stop=Decimal(95), target=Decimal(110))
    assert diff_legs(wanted, [STOP, TARGET]) == (ReplaceLeg(TARGET, wanted[1]),)


def test_only_a_standing_stop_on_the_right_side_protects() -> None:
    assert protected_by(Decimal(1), [TARGET, STOP]) == STOP
    assert protected_by(Decimal(-1), [STOP]) is None
    assert protected_by(Decimal(1), [replace(STOP, state=LegState.WANTED)]) is None
    assert protected_by(Decimal(2), [replace(STOP, quantity=Decimal(1))]) is None
    assert protected_by(Decimal(0), [STOP]) is None


def test_a_stop_behind_the_market_would_fire_at_once() -> None:
    stop, target = LONG
    assert would_trigger(stop, Decimal(95))
    assert not would_trigger(stop, Decimal("95.1"))
    assert would_trigger(target, Decimal(110))
    assert not would_trigger(target, Decimal("109.9"))


def test_too_long_without_a_stop_ends_the_position() -> None:
    def due(seconds: int) -> bool:
        now = WALL_NOW + timedelta(seconds=seconds)
        return is_emergency_exit_due(WALL_NOW, now, unprotected_s_max=10)

    assert not due(9)
    assert due(10)
    assert not is_emergency_exit_due(None, WALL_NOW, unprotected_s_max=10)


legs = st.lists(
    st.builds(
        LiveLeg,
        st.uuids(),
        st.sampled_from([Leg.STOP_LOSS, Leg.TAKE_PROFIT]),
        st.sampled_from(Side),
        st.sampled_from([Decimal(95), Decimal(97), Decimal(110)]),
        st.sampled_from([None, Decimal(1), Decimal(3)]),
        st.sampled_from(LegState),
    ),
    max_size=6,
)


@given(live=legs, quantity=st.sampled_from([Decimal(-2), Decimal(0), Decimal(2)]))
def test_following_the_difference_leaves_none_and_never_a_naked_moment(
    live: list[LiveLeg], quantity: Decimal
) -> None:
    wanted = wanted_legs(quantity=quantity, stop=Decimal(95), target=Decimal(110))
    was_protected = protected_by(quantity, live) is not None
    after = list(live)
    for turn in range(3):
        for number, action in enumerate(diff_legs(wanted, after)):
            if isinstance(action, CancelLeg):
                after.remove(action.old)
            else:
                each = action.wanted
                leg_id = UUID(int=100 * turn + number)
                after.append(
                    LiveLeg(leg_id, each.leg, each.side, each.trigger_price, None, LegState.PLACED)
                )
            assert not was_protected or protected_by(quantity, after) is not None
        # What was on its way has arrived.
        after = [
            replace(leg, state=LegState.PLACED) if leg.state is LegState.WANTED else leg
            for leg in after
        ]
    assert diff_legs(wanted, after) == ()
