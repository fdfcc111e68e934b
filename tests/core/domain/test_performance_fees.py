"""The worked cases of the fee specification, and what must hold for every history of profit."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.mandates import FeeMeasure
from patriot_app.core.domain.performance_fees import (
    AccountProfit,
    crystallise,
    forgiven_loss,
    net_profit,
)

D = Decimal
CENT = D("0.01")


def fees_of(profits: Sequence[Decimal], *, rate: str) -> list[Decimal]:
    """Close a period at each cumulative net profit and return the fees."""
    mark, fees = D(0), []
    for profit in profits:
        closed = crystallise(net_profit=profit, high_water_mark=mark, rate=D(rate))
        mark = closed.high_water_mark
        fees.append(closed.fee)
    return fees


def account(performance: str, unrealised: str = "0") -> AccountProfit:
    return AccountProfit(D(performance), D(unrealised))


@pytest.mark.parametrize(
    ("source", "rate", "profits", "expected"),
    [
        ("evestinforex", "0.25", [8000, 13000, 12250, 15250], ["2000", "1250", "0", "562.50"]),
        ("0spx", "0.3", [5000, 3000, 7000], ["1500", "0", "600"]),
        ("binance lead trading", "0.1", [200, 50, 150, 300], ["20", "0", "0", "10"]),
        ("stowell", "0.2", [20, 15, 30], ["4", "0", "2"]),
        ("elitetrader, dollar", "0.25", [-500, 500], ["0", "125"]),
        ("a deposit does not ride free", "0.2", [-5000, 49750], ["0", "9950"]),
    ],
)
def test_published_examples(
    source: str, rate: str, profits: list[int], expected: list[str]
) -> None:
    fees = fees_of([D(profit) for profit in profits], rate=rate)
    assert fees == [D(fee) for fee in expected], source


def test_a_prorated_loss_shrinks_with_the_withdrawal() -> None:
    forgiven = forgiven_loss(
        net_profit=D(-500),
        high_water_mark=D(0),
        already_forgiven=D(0),
        withdrawn=D(500),
        equity_before=D(4500),
    )
    assert forgiven == D("55.56")
    closed = crystallise(
        net_profit=D(500), high_water_mark=D(0), rate=D("0.25"), loss_forgiven=forgiven
    )
    # 5,000 - 4,444.44: the published mark is to the cent, and so is what is forgiven.
    assert (closed.gain, closed.fee) == (D("555.56"), D("138.89"))


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (FeeMeasure.PRUDENT, ["120", "0"]),
        (FeeMeasure.TOTAL_EQUITY, ["120", "0"]),
        (FeeMeasure.REALISED_ONLY, ["300", "0"]),
    ],
)
def test_the_measure_decides_about_open_losses(measure: FeeMeasure, expected: list[str]) -> None:
    closes = [account("1000", "-600"), account("400")]
    profits = [net_profit([close], measure=measure) for close in closes]
    assert fees_of(profits, rate="0.3") == [D(fee) for fee in expected]


def test_open_profit_counts_in_total_equity_only() -> None:
    accounts = [account("100", "50")]
    assert net_profit(accounts, measure=FeeMeasure.PRUDENT) == 100
    assert net_profit(accounts, measure=FeeMeasure.TOTAL_EQUITY) == 150
    assert net_profit(accounts, measure=FeeMeasure.REALISED_ONLY) == 100


def test_accounts_of_one_mandate_are_netted() -> None:
    profit = net_profit([account("1000"), account("-800")], measure=FeeMeasure.PRUDENT)
    assert (profit, fees_of([profit], rate="0.2")) == (200, [D("40.00")])


def test_three_months_on_two_exchanges() -> None:
    binance, bybit = D(900) - 40 - 60, D(-200) + 10 - 20
    first = net_profit(
        [AccountProfit(binance, D(-150)), AccountProfit(bybit, D(60))], measure=FeeMeasure.PRUDENT
    )
    second = net_profit(
        [AccountProfit(binance - 300, D(0)), AccountProfit(bybit + 100, D(0))],
        measure=FeeMeasure.PRUDENT,
    )
    third = second + 410
    assert (first, second, third) == (500, 390, 800)
    assert fees_of([first, second, third], rate="0.3") == [D(150), D(0), D(90)]


def test_below_the_minimum_the_profit_rolls_forward() -> None:
    closed = crystallise(
        net_profit=D(30), high_water_mark=D(0), rate=D("0.3"), invoice_minimum=D(10)
    )
    assert (closed.fee, closed.high_water_mark) == (0, 0)
    later = crystallise(
        net_profit=D(40), high_water_mark=D(0), rate=D("0.3"), invoice_minimum=D(10)
    )
    assert (later.fee, later.high_water_mark) == (12, 40)


def test_a_hurdle_frees_the_first_part_of_the_gain() -> None:
    closed = crystallise(net_profit=D(1000), high_water_mark=D(200), rate=D("0.3"), hurdle=D(300))
    assert (closed.gain, closed.fee, closed.high_water_mark) == (500, 150, 1000)


money = st.decimals(min_value="-1000000", max_value="1000000", places=8)
histories = st.lists(money, min_size=1, max_size=12)
rates = st.decimals(min_value="0", max_value="0.99", places=2)


@given(history=histories, rate=rates)
def test_fees_never_exceed_the_rate_on_the_highest_profit(
    history: list[Decimal], rate: Decimal
) -> None:
    fees = fees_of(history, rate=str(rate))
    assert all(fee >= 0 for fee in fees)
    assert sum(fees) <= rate * max(0, *history)


@given(history=histories, rate=rates)
def test_the_mark_never_falls(history: list[Decimal], rate: Decimal) -> None:
    mark = D(0)
    for profit in history:
        closed = crystallise(net_profit=profit, high_water_mark=mark, rate=rate)
        assert closed.high_water_mark >= mark
        mark = closed.high_water_mark


@given(before=money, middle=money, after=money, rate=rates)
def test_another_close_in_between_never_lowers_the_fees(
    before: Decimal, middle: Decimal, after: Decimal, rate: Decimal
) -> None:
    whole = sum(fees_of([before, after], rate=str(rate)))
    split = sum(fees_of([before, middle, after], rate=str(rate)))
    # Rounding down twice instead of once can cost us one cent, never the client.
    assert split >= whole - CENT


@given(
    accounts=st.lists(st.builds(AccountProfit, money, money), min_size=1, max_size=6),
    measure=st.sampled_from(FeeMeasure),
    moved=money,
)
def test_the_order_of_accounts_and_money_moved_between_them_change_nothing(
    accounts: list[AccountProfit], measure: FeeMeasure, moved: Decimal
) -> None:
    profit = net_profit(accounts, measure=measure)
    assert net_profit(reversed(accounts), measure=measure) == profit
    shifted = [
        AccountProfit(accounts[0].performance + moved, accounts[0].unrealised_pnl),
        *accounts[1:],
        AccountProfit(-moved, D(0)),
    ]
    assert net_profit(shifted, measure=measure) == profit


@given(performance=money, unrealised=money)
def test_closing_everything_before_the_cut_off_never_lowers_the_measure(
    performance: Decimal, unrealised: Decimal
) -> None:
    held = net_profit([AccountProfit(performance, unrealised)], measure=FeeMeasure.PRUDENT)
    closed = net_profit([AccountProfit(performance + unrealised, D(0))], measure=FeeMeasure.PRUDENT)
    assert closed >= held


@given(profit=money, rate=rates)
def test_closing_again_charges_nothing(profit: Decimal, rate: Decimal) -> None:
    first = crystallise(net_profit=profit, high_water_mark=D(0), rate=rate)
    again = crystallise(net_profit=profit, high_water_mark=first.high_water_mark, rate=rate)
    assert again.fee == 0
    assert again.high_water_mark == first.high_water_mark
