from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import notional_of
from patriot_app.core.domain.order_books import BookLevel, OrderBook, impact_bps
from patriot_app.core.domain.orders import Leg, OrderType, Side
from patriot_app.core.domain.reasons import SkipReason
from patriot_app.core.domain.slicing import (
    ImpactEstimate,
    SlicingRules,
    cut,
    estimate,
    split,
    start_times,
    unknown,
)
from patriot_app.core.domain.verdicts import OrderIntent, Planned, Skipped
from tests.factories.market import make_instrument

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT = UUID(int=7)
PAPER = (Exchange.BINANCE, AccountMode.PAPER)
RULES = SlicingRules(
    impact_bps_max=Decimal(20),
    span=timedelta(seconds=30),
    slices_max=6,
    late=timedelta(seconds=5),
)
BOOK = OrderBook(
    bids=tuple(BookLevel(Decimal(999 - n), Decimal(1)) for n in range(20)),
    asks=tuple(BookLevel(Decimal(1001 + n), Decimal(1)) for n in range(20)),
)


def make_intent(**overrides: object) -> OrderIntent:
    quantity = overrides.pop("quantity", Decimal("0.4"))
    intent = OrderIntent(
        intent_id=UUID(int=1),
        signal_id=UUID(int=2),
        account_id=ACCOUNT,
        shard=0,
        exchange=Exchange.BINANCE,
        mode=AccountMode.PAPER,
        symbol="BTCUSDT",
        leg=Leg.ENTRY,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity=quantity,  # type: ignore[arg-type]
        reduce_only=False,
        reference_price=Decimal(50_000),
        notional=Decimal(20_000),
        initial_margin=Decimal(2_000),
        leverage=10,
        stop_loss=Decimal(49_000),
        take_profit=None,
        deadline=NOW + timedelta(seconds=60),
    )
    return replace(intent, **overrides)  # type: ignore[arg-type]


def sliced(*intents: OrderIntent, slices: int = 4) -> tuple[OrderIntent, ...]:
    (verdict,) = cut(
        [Planned(ACCOUNT, intents)],
        estimates={PAPER: ImpactEstimate(Decimal(10), Decimal(80), slices)},
        instruments={Exchange.BINANCE: make_instrument()},
        rules=RULES,
        now=NOW,
    )
    assert isinstance(verdict, Planned)
    return verdict.intents


def test_an_order_within_the_limit_is_sent_at_once() -> None:
    found = estimate(BOOK, side=Side.BUY, quantity=Decimal(3), rules=RULES)
    assert found == ImpactEstimate(Decimal(3), Decimal(20), 1)


def test_an_order_beyond_the_limit_gets_the_fewest_slices_that_stay_within_it() -> None:
    found = estimate(BOOK, side=Side.BUY, quantity=Decimal(7), rules=RULES)
    assert (found.impact_bps, found.slices) == (Decimal(40), 3)


def test_what_the_book_does_not_show_counts_as_beyond_the_limit() -> None:
    found = estimate(BOOK, side=Side.BUY, quantity=Decimal(21), rules=RULES)
    assert found.impact_bps is None
    assert found.slices == 6
    assert "visible" in found.reason


def test_more_slices_than_allowed_are_not_made() -> None:
    found = estimate(BOOK, side=Side.SELL, quantity=Decimal(20), rules=RULES)
    assert found.slices == 6


def test_without_a_book_nothing_is_cut() -> None:
    assert unknown("No answer").slices == 1


@given(quantity=st.decimals("0.1", 20, places=3), side=st.sampled_from(Side))
def test_each_slice_stays_within_the_limit_unless_none_more_are_allowed(
    quantity: Decimal, side: Side
) -> None:
    found = estimate(BOOK, side=side, quantity=quantity, rules=RULES)
    each = impact_bps(BOOK, side=side, quantity=quantity / found.slices)
    assert each is not None
    assert found.slices == RULES.slices_max or each <= RULES.impact_bps_max


@given(
    steps=st.integers(3, 60_000),
    price=st.decimals(1_000, 100_000, places=1),
    slices=st.integers(1, 12),
)
def test_slices_add_up_and_none_is_too_small(steps: int, price: Decimal, slices: int) -> None:
    instrument = make_instrument()
    quantity = steps * instrument.step_size
    parts = split(instrument, quantity, price=price, slices=slices)
    assert sum(parts) == quantity
    assert len(parts) <= slices
    assert len(set(parts[:-1])) <= 1, "all but the last are equal"
    assert parts[-1] >= parts[0]
    if len(parts) > 1:
        for part in parts:
            assert part % instrument.step_size == 0
            assert part >= instrument.quantity_min
            fallen = notional_of(instrument, quantity=part, price=price * Decimal("0.9"))
            assert fallen >= instrument.min_notional


@given(count=st.integers(1, 20), span_ms=st.integers(1_000, 60_000))
def test_starts_are_in_order_equally_far_apart_and_within_the_span(
    count: int, span_ms: int
) -> None:
    span = timedelta(milliseconds=span_ms)
    starts = start_times(NOW, count=count, span=span)
    assert starts[0] == NOW
    assert list(starts) == sorted(starts)
    assert starts[-1] < NOW + span
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert not gaps or max(gaps) - min(gaps) <= timedelta(microseconds=count)


def test_the_first_slice_is_the_order_and_the_others_follow_it() -> None:
    whole = make_intent(waits_for=UUID(int=9))
    parts = sliced(whole)
    assert [(p.slice, p.slices) for p in parts] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert parts[0].intent_id == whole.intent_id
    assert len({p.intent_id for p in parts}) == 4
    assert [p.waits_for for p in parts] == [UUID(int=9), None, None, None]
    assert sum(p.notional for p in parts) == whole.notional
    assert sum(p.initial_margin for p in parts) == whole.initial_margin
    assert {p.stop_loss for p in parts} == {whole.stop_loss}


def test_planning_again_gives_the_same_slices() -> None:
    assert sliced(make_intent()) == sliced(make_intent())


def test_a_slice_may_be_sent_only_shortly_after_its_start() -> None:
    parts = sliced(make_intent())
    assert [p.starts_at for p in parts] == [
        NOW + timedelta(seconds=7.5 * number) for number in range(4)
    ]
    assert parts[0].deadline == NOW + timedelta(seconds=60)
    assert all(p.deadline == (p.starts_at or NOW) + RULES.late for p in parts[1:])


def test_no_slice_outlives_its_signal() -> None:
    parts = sliced(make_intent(deadline=NOW + timedelta(seconds=8)))
    assert [p.starts_at for p in parts] == [NOW + timedelta(seconds=2 * n) for n in range(4)]
    assert max(p.deadline for p in parts) <= NOW + timedelta(seconds=8)


def test_a_signal_that_is_nearly_over_is_sent_at_once() -> None:
    whole = make_intent(deadline=NOW + timedelta(seconds=1.5))
    assert sliced(whole) == (whole,)


def test_an_order_too_small_for_slices_is_sent_at_once() -> None:
    whole = make_intent(quantity=Decimal("0.003"))
    assert sliced(whole) == (whole,)


def test_exits_and_resting_entries_are_never_cut() -> None:
    leaving = make_intent(leg=Leg.EXIT, reduce_only=True)
    resting = make_intent(order_type=OrderType.LIMIT, price=Decimal(49_900))
    assert sliced(leaving) == (leaving,)
    assert sliced(resting) == (resting,)


def test_accounts_of_an_exchange_without_an_estimate_are_not_cut() -> None:
    whole = make_intent(exchange=Exchange.BYBIT)
    assert sliced(whole) == (whole,)


def test_who_gets_no_order_stays_as_he_was() -> None:
    skipped = Skipped(ACCOUNT, SkipReason.PRICE_STALE, "")
    assert cut([skipped], estimates={}, instruments={}, rules=RULES, now=NOW) == [skipped]
