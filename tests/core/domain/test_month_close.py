"""What a month comes to, and the properties that matter more than any example (FEES.md)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.mandates import Terms, WithdrawalPolicy
from patriot_app.core.domain.month_close import (
    AccountAtCutOff,
    Close,
    Withdrawal,
    close,
    holds,
    tolerance,
)

CUT_OFF = datetime(2026, 2, 1, tzinfo=UTC)
AMOUNTS = st.decimals(-100_000, 100_000, places=4)
WHOLE = AccountAtCutOff(
    account_id=UUID(int=1),
    label="Binance",
    cut_off=CUT_OFF,
    performance=Decimal(0),
    unrealised_pnl=Decimal(0),
    valued_at=CUT_OFF,
    complete_until=CUT_OFF,
    tie_out_difference=Decimal(0),
    turnover=Decimal(0),
    unknown_rows=0,
)
TERMS = Terms(Decimal("0.3"))


def at(performance: Decimal, unrealised: Decimal = Decimal(0)) -> AccountAtCutOff:
    return replace(WHOLE, performance=performance, unrealised_pnl=unrealised)


def months(profits: list[Decimal]) -> list[Close]:
    """Close one month after the other, each finalised; profits are of the single months."""
    mark, total, found = Decimal(0), Decimal(0), []
    for profit in profits:
        total += profit
        found.append(close([at(total)], terms=TERMS, high_water_mark=mark))
        mark = found[-1].outcome.high_water_mark
    return found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"complete_until": None}, "is not read up to the end"),
        ({"complete_until": datetime(2026, 1, 31, tzinfo=UTC)}, "is not read up to the end"),
        ({"tie_out_difference": None}, "was never compared"),
        ({"tie_out_difference": Decimal("-0.0101")}, "differs from its rows by -0.0101"),
        ({"unknown_rows": 3}, "3 rows of a type that nobody classified"),
        ({"valued_at": None}, "were not valued"),
    ],
)
def test_a_month_that_is_not_proved_is_held(change: dict[str, object], sentence: str) -> None:
    (reason,) = holds([WHOLE, replace(WHOLE, **change)])  # type: ignore[arg-type]
    assert sentence in reason


def test_a_wallet_may_be_off_by_a_cent_and_a_millionth_of_the_turnover() -> None:
    assert tolerance(Decimal(5_000_000)) == Decimal("5.01")
    turned = replace(WHOLE, tie_out_difference=Decimal(5), turnover=Decimal(5_000_000))
    assert holds([turned]) == ()


def test_an_account_that_left_before_needs_no_valuation() -> None:
    assert holds([replace(WHOLE, valued_at=None, needs_valuation=False)]) == ()


@given(st.lists(AMOUNTS, max_size=12))
def test_all_fees_together_are_at_most_the_rate_on_the_highest_profit(
    profits: list[Decimal],
) -> None:
    fees = sum((one.outcome.fee for one in months(profits)), Decimal(0))
    highest = max([Decimal(0), *(one.net_profit for one in months(profits))])
    assert fees <= TERMS.rate * highest


@given(AMOUNTS, AMOUNTS)
def test_splitting_a_month_never_lowers_the_fee_by_more_than_a_cent(
    first: Decimal, second: Decimal
) -> None:
    """Each close rounds down to the cent; that is all that may be lost."""
    split = sum((one.outcome.fee for one in months([first, second])), Decimal(0))
    (whole,) = months([first + second])
    assert split >= whole.outcome.fee - Decimal("0.01")


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=6), st.randoms())
def test_the_order_of_accounts_and_moving_profit_between_them_change_nothing(
    accounts: list[tuple[Decimal, Decimal]], chance: object
) -> None:
    known = [at(performance, unrealised) for performance, unrealised in accounts]
    shuffled = list(known)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    total = at(
        sum((one.performance for one in known), Decimal(0)),
        sum((one.unrealised_pnl for one in known), Decimal(0)),
    )
    fees = {
        close(each, terms=TERMS, high_water_mark=Decimal(10)).outcome.fee
        for each in (known, shuffled, [total])
    }
    assert len(fees) == 1


@given(AMOUNTS, AMOUNTS)
def test_closing_everything_just_before_the_end_never_lowers_the_measure(
    performance: Decimal, unrealised: Decimal
) -> None:
    kept = close([at(performance, unrealised)], terms=TERMS, high_water_mark=Decimal(0))
    closed = close([at(performance + unrealised)], terms=TERMS, high_water_mark=Decimal(0))
    assert closed.net_profit >= kept.net_profit


@given(AMOUNTS, st.decimals(1, 10_000, places=2), st.decimals(1, 10_000, places=2))
def test_a_withdrawal_alone_changes_no_fee_where_the_loss_stays_whole(
    profit: Decimal, withdrawn: Decimal, equity: Decimal
) -> None:
    without = close([at(profit)], terms=TERMS, high_water_mark=Decimal(100))
    gone = Withdrawal(withdrawn, CUT_OFF, profit, equity, CUT_OFF)
    assert (
        close([at(profit)], terms=TERMS, high_water_mark=Decimal(100), withdrawals=[gone])
        == without
    )


def test_a_carried_loss_shrinks_by_the_share_that_was_withdrawn_where_that_was_agreed() -> None:
    terms = replace(TERMS, withdrawal_policy=WithdrawalPolicy.PRORATA, rate=Decimal("0.25"))
    gone = Withdrawal(Decimal(500), CUT_OFF, Decimal(-500), Decimal(4_500), CUT_OFF)
    found = close([at(Decimal(500))], terms=terms, high_water_mark=Decimal(0), withdrawals=[gone])
    assert found.outcome.fee == Decimal("138.89")
    assert round(found.loss_forgiven, 2) == Decimal("55.56")
