from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.risk_limits import (
    DEFAULTS,
    EffectiveLimits,
    LimitName,
    LimitScope,
    LimitSubject,
    RiskLimit,
    effective,
    effective_all,
    resolve,
    validate_limit,
)
from patriot_app.core.errors import Invalid

ACCOUNT, CLIENT, STRATEGY = UUID(int=1), UUID(int=2), UUID(int=3)
SUBJECT = LimitSubject(account_id=ACCOUNT, client_id=CLIENT, strategy_id=STRATEGY)
OWNERS = {
    LimitScope.DESK: None,
    LimitScope.ACCOUNT: ACCOUNT,
    LimitScope.CLIENT: CLIENT,
    LimitScope.STRATEGY: STRATEGY,
}


def limit(scope: LimitScope, value: str, *, name: LimitName = LimitName.LEVERAGE) -> RiskLimit:
    return RiskLimit(scope, OWNERS[scope], name, Decimal(value))


def test_the_defaults_are_the_agreed_ones() -> None:
    assert resolve([], SUBJECT) == EffectiveLimits(
        position_notional=Decimal(50_000),
        leverage=Decimal(10),
        daily_loss_fraction=Decimal("0.05"),
        drawdown_fraction=Decimal("0.20"),
        margin_ratio=Decimal("0.50"),
    )
    assert DEFAULTS[LimitName.VAR_95_FRACTION] == Decimal("0.10")
    assert DEFAULTS[LimitName.CORRELATION] == Decimal("0.80")


def test_the_strictest_limit_counts_and_says_whose_it_is() -> None:
    limits = [limit(LimitScope.CLIENT, "5"), limit(LimitScope.ACCOUNT, "7")]
    found = effective(limits, LimitName.LEVERAGE, SUBJECT)
    assert (found.value, found.origin, found.origin_id) == (5, "client", CLIENT)


def test_a_narrower_scope_cannot_loosen() -> None:
    found = effective([limit(LimitScope.ACCOUNT, "50")], LimitName.LEVERAGE, SUBJECT)
    assert (found.value, found.origin) == (10, "default")


def test_the_desk_may_loosen_its_own_default() -> None:
    found = effective([limit(LimitScope.DESK, "20")], LimitName.LEVERAGE, SUBJECT)
    assert (found.value, found.origin) == (20, "desk")


def test_another_account_is_not_limited() -> None:
    other = LimitSubject(account_id=UUID(int=77))
    assert effective([limit(LimitScope.ACCOUNT, "2")], LimitName.LEVERAGE, other).value == 10


def test_what_nobody_limits_is_unlimited() -> None:
    found = {each.name: each.value for each in effective_all([], SUBJECT)}
    assert found[LimitName.DESK_EXPOSURE] is None
    assert set(found) == set(LimitName)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (limit(LimitScope.DESK, "0"), "value"),
        (limit(LimitScope.DESK, "126"), "value"),
        (limit(LimitScope.DESK, "1.1", name=LimitName.DRAWDOWN_FRACTION), "value"),
        (RiskLimit(LimitScope.CLIENT, None, LimitName.LEVERAGE, Decimal(1)), "scope_id"),
        (limit(LimitScope.CLIENT, "1", name=LimitName.DESK_EXPOSURE), "scope"),
    ],
)
def test_a_senseless_limit_is_refused(wrong: RiskLimit, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate_limit(wrong)
    assert field in caught.value.fields


@given(
    limits=st.lists(
        st.builds(
            limit,
            st.sampled_from(LimitScope),
            st.integers(1, 100).map(str),
            name=st.just(LimitName.LEVERAGE),
        )
    ),
    extra=st.builds(limit, st.sampled_from(LimitScope), st.integers(1, 100).map(str)),
)
def test_another_limit_loosens_nothing_but_the_default(
    limits: list[RiskLimit], extra: RiskLimit
) -> None:
    before = effective(limits, LimitName.LEVERAGE, SUBJECT)
    after = effective([*limits, extra], LimitName.LEVERAGE, SUBJECT)
    assert before.value is not None
    assert after.value is not None
    if before.origin != "default":
        assert after.value <= before.value
    assert after.value <= max(extra.value, DEFAULTS[LimitName.LEVERAGE])


def override(scope: LimitScope, value: str) -> RiskLimit:
    return RiskLimit(scope, OWNERS[scope], LimitName.LEVERAGE, Decimal(value), is_override=True)


def test_an_override_alone_may_loosen() -> None:
    limits = [limit(LimitScope.CLIENT, "5"), override(LimitScope.ACCOUNT, "15")]
    found = effective(limits, LimitName.LEVERAGE, SUBJECT)
    assert (found.value, found.origin, found.origin_id) == (15, "override", ACCOUNT)


def test_the_narrowest_of_several_overrides_counts() -> None:
    limits = [override(LimitScope.DESK, "20"), override(LimitScope.CLIENT, "7")]
    for given_limits in (limits, limits[::-1]):
        assert effective(given_limits, LimitName.LEVERAGE, SUBJECT).value == 7


def test_an_override_of_another_account_says_nothing_here() -> None:
    other = RiskLimit(
        LimitScope.ACCOUNT, UUID(int=9), LimitName.LEVERAGE, Decimal(50), is_override=True
    )
    assert effective([other], LimitName.LEVERAGE, SUBJECT).value == 10


def test_a_count_is_a_whole_number() -> None:
    half = limit(LimitScope.DESK, "2.5", name=LimitName.OPEN_POSITIONS)
    with pytest.raises(Invalid) as refused:
        validate_limit(half)
    assert refused.value.fields == {"value": "A count is a whole number"}
