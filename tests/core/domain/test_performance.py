from decimal import Decimal

from patriot_app.core.domain.performance import (
    SubPeriod,
    WeightedFlow,
    chain_returns,
    modified_dietz,
    time_weighted_return,
)


def test_returns_are_chained() -> None:
    chained = chain_returns([Decimal("0.1625"), Decimal("-0.0556")])
    assert chained.quantize(Decimal("0.0001")) == Decimal("0.0979")


def test_a_flow_does_not_change_the_time_weighted_return() -> None:
    result = time_weighted_return(
        [SubPeriod(Decimal(100), Decimal(110)), SubPeriod(Decimal(1110), Decimal(1221))]
    )
    assert result == Decimal("0.21")
    assert time_weighted_return([SubPeriod(Decimal(0), Decimal(5))]) is None


def test_modified_dietz_weighs_flows_by_time() -> None:
    result = modified_dietz(
        equity_start=Decimal(100),
        equity_end=Decimal(300),
        flows=[WeightedFlow(Decimal(50), Decimal("0.5"))],
    )
    assert result == Decimal("1.2")
    assert modified_dietz(equity_start=Decimal(0), equity_end=Decimal(1), flows=[]) is None
