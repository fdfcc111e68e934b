"""The statement of a period explains all of the change of equity, whatever happened."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.fee_evidence import (
    AccountEvidence,
    Evidence,
    TypeSum,
    Valuation,
    at_cut_off,
    plain,
    statement,
)
from patriot_app.core.domain.ledger import CLASSIFICATION, LedgerClass
from patriot_app.core.domain.mandates import Terms
from patriot_app.core.domain.periods import Period
from patriot_app.core.domain.transfers import Flow, pair

MAY = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
BINANCE, BYBIT = UUID(int=1), UUID(int=2)
TERMS = Terms(Decimal("0.3"))
MONEY = st.decimals(-(10**9), 10**9, places=8)


def summed(row_type: str, amount: Decimal, *, before: Decimal = Decimal(0)) -> TypeSum:
    found = CLASSIFICATION[Exchange.BINANCE].get(row_type, LedgerClass.UNKNOWN)
    return TypeSum(row_type, found, amount + before, amount, before, 1)


def valued(unrealised: Decimal) -> Valuation:
    return Valuation(MAY.end - timedelta(minutes=1), "minute", unrealised, Decimal(0))


def account(
    *sums: TypeSum,
    account_id: UUID = BINANCE,
    opening_wallet: Decimal = Decimal(0),
    opening: Decimal = Decimal(0),
    closing: Decimal = Decimal(0),
    cut_off: datetime = MAY.end,
) -> AccountEvidence:
    return AccountEvidence(
        account_id=account_id,
        label="Binance",
        exchange=Exchange.BINANCE,
        mode=AccountMode.LIVE,
        since=MAY.start,
        cut_off=cut_off,
        opens_at=MAY.start,
        opening_wallet=opening_wallet,
        complete_until=MAY.end,
        tie_out_difference=Decimal(0),
        sums=list(sums),
        opening=valued(opening),
        closing=valued(closing),
    )


TYPES = st.sampled_from([*CLASSIFICATION[Exchange.BINANCE], "NEVER_SEEN"])
ACCOUNTS = st.builds(
    lambda sums, wallet, opening, closing: account(
        *sums, opening_wallet=wallet, opening=opening, closing=closing
    ),
    st.lists(st.builds(lambda kind, a, b: summed(kind, a, before=b), TYPES, MONEY, MONEY)),
    MONEY,
    MONEY,
    MONEY,
)


@given(st.lists(ACCOUNTS, min_size=1, max_size=4))
def test_the_lines_explain_the_change_of_equity_to_the_last_digit(
    accounts: list[AccountEvidence],
) -> None:
    told = statement(Evidence(MAY, tuple(accounts), pair([])), terms=TERMS)
    for one in (told, *told["accounts"]):
        explained = sum((Decimal(amount) for amount in one["lines"].values()), Decimal(0))
        assert Decimal(one["closing_equity"]) == Decimal(one["opening_equity"]) + explained


def test_what_moved_inside_is_no_deposit_and_no_withdrawal() -> None:
    left = Flow(UUID(int=8), BINANCE, Decimal(-10), MAY.start + timedelta(days=3))
    arrived = Flow(UUID(int=9), BYBIT, Decimal(10), left.occurred_at + timedelta(minutes=1))
    told = statement(
        Evidence(
            MAY,
            (
                account(summed("TRANSFER", Decimal(-10))),
                account(summed("TRANSFER", Decimal(10)), account_id=BYBIT),
            ),
            pair([left, arrived]),
        ),
        terms=TERMS,
    )
    assert {name: amount for name, amount in told["lines"].items() if amount != "0"} == {}
    assert told["accounts"][0]["lines"]["withdrawals"] == "-10"


def test_money_on_its_way_over_midnight_stands_on_a_line_of_its_own() -> None:
    left = Flow(UUID(int=8), BINANCE, Decimal(-10), MAY.end - timedelta(minutes=5))
    arrived = Flow(UUID(int=9), BYBIT, Decimal(10), MAY.end + timedelta(minutes=5))
    told = statement(
        Evidence(MAY, (account(summed("TRANSFER", Decimal(-10))),), pair([left, arrived])),
        terms=TERMS,
    )
    lines = {name: amount for name, amount in told["lines"].items() if amount != "0"}
    assert lines == {"in_transit": "-10"}


def test_the_measure_counts_performance_alone_and_open_profit_only_while_inside() -> None:
    sums = [summed("REALIZED_PNL", Decimal(5)), summed("TRANSFER", Decimal(100))]
    found = at_cut_off(account(*sums, closing=Decimal(-2)), MAY)
    assert (found.performance, found.unrealised_pnl, found.needs_valuation) == (5, -2, True)
    gone = at_cut_off(account(*sums, closing=Decimal(-2), cut_off=MAY.start), MAY)
    assert (gone.performance, gone.unrealised_pnl, gone.needs_valuation) == (5, 0, False)


def test_amounts_are_kept_as_plain_text() -> None:
    assert [plain(Decimal(text)) for text in ("1E+3", "0.000000010", "-0")] == [
        "1000",
        "0.00000001",
        "0",
    ]
