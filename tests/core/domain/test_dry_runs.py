from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.dry_runs import PastOrder, facts_of, reviewed_of, try_limits
from patriot_app.core.domain.risk import Exposure, Reviewed, Wish
from patriot_app.core.domain.risk_limits import LimitName, LimitScope, LimitSubject, RiskLimit

D, N = Decimal, LimitName
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
AMOUNTS = st.decimals(0, 10**9, places=8)
MAYBE = st.none() | AMOUNTS


def make_order(notional: str, *, account: int = 1, seconds: int = 0) -> PastOrder:
    exposure = Exposure(D(0), D(0), D(0))
    reviewed = Reviewed(Wish(D(notional)), D(10_000), exposure, None)
    subject = LimitSubject(UUID(int=account), UUID(int=9), UUID(int=8))
    return PastOrder(subject, NOON + timedelta(seconds=seconds), reviewed)


def limit(name: LimitName, value: str, *, is_override: bool = False) -> RiskLimit:
    return RiskLimit(LimitScope.DESK, None, name, D(value), is_override=is_override)


@given(
    st.builds(
        Reviewed,
        wish=st.builds(Wish, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS),
        equity=AMOUNTS,
        exposure=st.builds(
            Exposure,
            MAYBE,
            MAYBE,
            MAYBE,
            st.integers(0, 99),
            st.none() | st.integers(0, 99),
            AMOUNTS,
            MAYBE,
        ),
        desk_notional=MAYBE,
    )
)
def test_what_a_review_saw_is_read_back_as_it_was(reviewed: Reviewed) -> None:
    assert reviewed_of(facts_of(reviewed)) == reviewed


def test_only_what_the_change_refuses_is_counted() -> None:
    orders = [make_order("1000"), make_order("3000", account=2), make_order("3001", account=2)]
    tried = try_limits(orders, present=[], changed=[limit(N.ORDER_NOTIONAL, "2000")])
    assert (tried.orders, tried.refused, tried.accounts, tried.unknown) == (3, 2, 1, 0)
    strict = limit(N.ORDER_NOTIONAL, "2000")
    tried = try_limits(orders, present=[strict], changed=[strict, limit(N.LEVERAGE, "0.2")])
    assert tried.refused == 0, "the present limit had refused them already"


def test_an_override_that_loosens_refuses_nothing() -> None:
    present = [limit(N.POSITION_NOTIONAL, "500")]
    wide = limit(N.POSITION_NOTIONAL, "90000", is_override=True)
    tried = try_limits([make_order("60000")], present=present, changed=[*present, wide])
    assert tried.refused == 0


def test_a_limit_of_the_rate_counts_the_orders_of_the_minute_before() -> None:
    orders = [make_order("10", seconds=at) for at in (0, 20, 40, 90)]
    tried = try_limits(orders, present=[], changed=[limit(N.ORDER_RATE, "2")])
    assert tried.refused == 1


def test_what_was_not_looked_at_cannot_be_tried() -> None:
    tried = try_limits([make_order("10")], present=[], changed=[limit(N.DESK_EXPOSURE, "1000000")])
    assert (tried.refused, tried.unknown) == (0, 1)
    order = make_order("10")
    known = replace(order, reviewed=replace(order.reviewed, desk_notional=D(999_995)))
    tried = try_limits([known], present=[], changed=[limit(N.DESK_EXPOSURE, "1000000")])
    assert (tried.refused, tried.unknown) == (1, 0)
