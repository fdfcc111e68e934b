from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.reasons import SkipReason
from patriot_app.core.domain.sizing import Sized, SizingTerms, Unsized, size, sizing_terms
from tests.factories.market import make_instrument


def terms_for(
    *, entry: str = "50000", stop: str = "49000", leverage: int = 10, risk: str = "0.01"
) -> SizingTerms:
    terms = sizing_terms(
        make_instrument(),
        entry_price=Decimal(entry),
        stop_price=Decimal(stop),
        leverage=leverage,
        risk_fraction=Decimal(risk),
    )
    assert isinstance(terms, SizingTerms)
    return terms


def size_of(
    terms: SizingTerms, *, equity: str, share: str = "1", available: str | None = None
) -> Sized | Unsized:
    return size(
        terms,
        equity=Decimal(equity),
        share=Decimal(share),
        available_balance=Decimal(available if available is not None else equity),
    )


def test_money_at_risk_over_the_distance_gives_the_quantity() -> None:
    sized = size_of(terms_for(), equity="10000")
    assert sized == Sized(
        quantity=Decimal("0.1"),
        notional=Decimal(5_000),
        initial_margin=Decimal(500),
        leverage=10,
    )


def test_only_the_allotted_share_is_risked() -> None:
    sized = size_of(terms_for(), equity="10000", share="0.5")
    assert isinstance(sized, Sized)
    assert sized.quantity == Decimal("0.05")


def test_a_tight_stop_is_capped_by_the_leverage() -> None:
    sized = size_of(terms_for(stop="49990"), equity="10000")
    assert isinstance(sized, Sized)
    assert sized.quantity == Decimal("1.970")
    assert sized.initial_margin < 10_000


def test_a_large_account_is_capped_below_the_bracket_of_its_leverage() -> None:
    sized = size_of(terms_for(leverage=50, risk="0.5"), equity="1000000")
    assert isinstance(sized, Sized)
    assert sized.notional < 1_000_000
    assert sized.quantity == Decimal("19.999")


def test_a_market_order_is_capped_by_the_exchange_maximum() -> None:
    sized = size_of(terms_for(risk="0.5"), equity="10000000")
    assert isinstance(sized, Sized)
    assert sized.quantity == 120


def test_too_little_for_one_step_says_so() -> None:
    unsized = size_of(terms_for(), equity="50")
    assert isinstance(unsized, Unsized)
    assert unsized.reason is SkipReason.BELOW_MIN_QUANTITY


def test_too_little_notional_says_so() -> None:
    unsized = size_of(terms_for(), equity="150")
    assert isinstance(unsized, Unsized)
    assert unsized.reason is SkipReason.BELOW_MIN_NOTIONAL
    assert "least is 100" in unsized.context


def test_a_short_balance_is_refused_and_not_shrunk() -> None:
    unsized = size_of(terms_for(), equity="10000", available="505")
    assert isinstance(unsized, Unsized)
    assert unsized.reason is SkipReason.INSUFFICIENT_MARGIN
    assert unsized.context == "Needs 507.50 USDT at 10x; free are 505.00"


def test_a_position_that_dies_before_its_stop_is_refused() -> None:
    unsized = size_of(terms_for(stop="45400", risk="0.9", leverage=10), equity="10000")
    assert isinstance(unsized, Unsized)
    assert unsized.reason is SkipReason.STOP_BEYOND_LIQUIDATION


def test_a_leverage_that_no_bracket_offers_is_refused() -> None:
    unsized = sizing_terms(
        make_instrument(),
        entry_price=Decimal(10),
        stop_price=Decimal(9),
        leverage=126,
        risk_fraction=Decimal("0.01"),
    )
    assert isinstance(unsized, Unsized)
    assert unsized.reason is SkipReason.LEVERAGE_NOT_OFFERED


def test_negative_equity_trades_nothing() -> None:
    unsized = size_of(terms_for(), equity="-5")
    assert isinstance(unsized, Unsized)


@given(
    equity=st.decimals(min_value="0", max_value="3000000", places=8),
    available=st.decimals(min_value="0", max_value="3000000", places=8),
    share=st.decimals(min_value="0.05", max_value="1", places=2),
    entry=st.decimals(min_value="100", max_value="100000", places=1),
    distance=st.decimals(min_value="0.001", max_value="0.5", places=4),
    leverage=st.sampled_from([1, 2, 5, 10, 20, 50, 125]),
    risk=st.decimals(min_value="0.001", max_value="0.2", places=3),
)
def test_what_is_sized_obeys_every_bound(
    equity: Decimal,
    available: Decimal,
    share: Decimal,
    entry: Decimal,
    distance: Decimal,
    leverage: int,
    risk: Decimal,
) -> None:
    instrument = make_instrument()
    stop = entry * (1 - distance)
    terms = sizing_terms(
        instrument, entry_price=entry, stop_price=stop, leverage=leverage, risk_fraction=risk
    )
    assert isinstance(terms, SizingTerms)
    sized = size(terms, equity=equity, share=share, available_balance=available)
    if isinstance(sized, Unsized):
        return
    assert sized.quantity % instrument.step_size == 0
    assert sized.quantity * (entry - stop) <= equity * share * risk
    assert sized.initial_margin < available
    assert sized.initial_margin <= equity * share
    assert instrument.min_notional <= sized.notional
    assert sized.notional < 10_000_000
    assert instrument.quantity_min <= sized.quantity <= instrument.market_quantity_max
