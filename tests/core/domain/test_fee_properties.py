"""The seven properties of the fee, from ledger rows to invoices (FEES.md).

Whole histories are closed month by month: rows of two accounts, transfers, open profit at the end
of each month. Rounding down to the cent at each close is the only loss that is let pass.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.fee_evidence import (
    AccountEvidence,
    Evidence,
    TypeSum,
    Valuation,
    at_cut_off,
    statement,
)
from patriot_app.core.domain.ledger import classify
from patriot_app.core.domain.mandates import Terms
from patriot_app.core.domain.money import CENT
from patriot_app.core.domain.month_close import Close, close
from patriot_app.core.domain.periods import Period
from patriot_app.core.domain.transfers import Flow, pair

START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
ZERO = Decimal(0)
ACCOUNTS = (UUID(int=1), UUID(int=2))
EXCHANGES = dict(zip(ACCOUNTS, (Exchange.BINANCE, Exchange.BYBIT), strict=True))
FLOWS = {Exchange.BINANCE: "TRANSFER", Exchange.BYBIT: "TRANSFER_IN"}
PROFITS = {Exchange.BINANCE: "REALIZED_PNL", Exchange.BYBIT: "TRADE"}
OTHERS = {
    Exchange.BINANCE: ("FUNDING_FEE", "COMMISSION", "API_REBATE", "WELCOME_BONUS"),
    Exchange.BYBIT: ("SETTLEMENT", "INTEREST", "FEE_REFUND", "BONUS"),
}
TERMS = Terms(Decimal("0.3"))


@dataclass(frozen=True)
class Row:
    """One money row in the middle of a month."""

    account: UUID
    row_type: str
    amount: Decimal


@dataclass(frozen=True)
class Month:
    """What happened in a month, and the open profit of each account at its end."""

    rows: tuple[Row, ...]
    open_profit: tuple[Decimal, ...]


MONEY = st.decimals(-100_000, 100_000, places=4)
ROWS = st.sampled_from(ACCOUNTS).flatmap(
    lambda account: st.builds(
        Row,
        st.just(account),
        st.sampled_from((*OTHERS[EXCHANGES[account]], PROFITS[EXCHANGES[account]])),
        MONEY,
    )
)
HISTORIES = st.lists(
    st.builds(Month, st.lists(ROWS, max_size=4).map(tuple), st.tuples(MONEY, MONEY)),
    min_size=1,
    max_size=4,
)
few = settings(max_examples=40)
"""Each example is a whole history."""


def evidence_of(history: list[Month], number: int, accounts: tuple[UUID, ...]) -> Evidence:
    """Return what proves a month; flows of one instant and amount are a transfer."""
    period = Period(START + number * MONTH, START + (number + 1) * MONTH)
    flows = [
        Flow(UUID(int=place), row.account, row.amount, START + at * MONTH + MONTH / 2)
        for at, month in enumerate(history[: number + 1])
        for place, row in enumerate(month.rows, start=1000 * (at + 1))
        if row.row_type in FLOWS.values()
    ]
    return Evidence(
        period, tuple(_account(history, number, one, period) for one in accounts), pair(flows)
    )


def _account(history: list[Month], number: int, account: UUID, period: Period) -> AccountEvidence:
    exchange = EXCHANGES[account]
    sums = [
        TypeSum(
            row.row_type,
            classify(exchange, row.row_type),
            in_mandate=row.amount,
            in_period=row.amount if at == number else ZERO,
            before=ZERO if at == number else row.amount,
            rows_in_mandate=1,
        )
        for at, month in enumerate(history[: number + 1])
        for row in month.rows
        if row.account == account
    ]
    place = ACCOUNTS.index(account)

    def valued(at: int) -> Valuation:
        profit = history[at].open_profit[place] if at >= 0 else ZERO
        return Valuation(period.end, "minute", profit, ZERO)

    return AccountEvidence(
        account_id=account,
        label=exchange.value,
        exchange=exchange,
        mode=AccountMode.LIVE,
        since=START,
        cut_off=period.end,
        opens_at=period.start,
        opening_wallet=Decimal(10_000),
        complete_until=period.end,
        tie_out_difference=ZERO,
        sums=sums,
        opening=valued(number - 1),
        closing=valued(number),
    )


def closes(history: list[Month], accounts: tuple[UUID, ...] = ACCOUNTS) -> list[Close]:
    """Close one month after the other, each finalised where it has a fee."""
    mark, found = ZERO, []
    for number in range(len(history)):
        told = evidence_of(history, number, accounts)
        known = [at_cut_off(one, told.period) for one in told.accounts]
        found.append(close(known, terms=TERMS, high_water_mark=mark))
        mark = found[-1].outcome.high_water_mark
    return found


def fees(history: list[Month], accounts: tuple[UUID, ...] = ACCOUNTS) -> list[Decimal]:
    return [one.outcome.fee for one in closes(history, accounts)]


def with_rows(history: list[Month], number: int, *rows: Row) -> list[Month]:
    """Return the history with further rows in a month."""
    place = number % len(history)
    changed = replace(history[place], rows=(*history[place].rows, *rows))
    return [*history[:place], changed, *history[place + 1 :]]


def flow(account: UUID, amount: Decimal) -> Row:
    return Row(account, FLOWS[EXCHANGES[account]], amount)


@few
@given(HISTORIES, st.integers(0, 9), st.sampled_from(ACCOUNTS), MONEY)
def test_a_flow_alone_at_any_time_changes_no_fee(
    history: list[Month], number: int, account: UUID, amount: Decimal
) -> None:
    assert fees(with_rows(history, number, flow(account, amount))) == fees(history)


@few
@given(HISTORIES)
def test_all_fees_are_at_most_the_rate_on_the_highest_measure(history: list[Month]) -> None:
    highest = max([ZERO, *(one.net_profit for one in closes(history))])
    assert sum(fees(history)) <= TERMS.rate * highest


@few
@given(HISTORIES, st.integers(0, 9), st.integers(0, 4))
def test_splitting_a_month_into_two_closes_never_lowers_the_fees(
    history: list[Month], number: int, cut: int
) -> None:
    place = number % len(history)
    whole = history[place]
    halves = [Month(whole.rows[:cut], (ZERO, ZERO)), replace(whole, rows=whole.rows[cut:])]
    split = [*history[:place], *halves, *history[place + 1 :]]
    assert sum(fees(split)) >= sum(fees(history)) - CENT


@few
@given(HISTORIES, st.integers(0, 9), st.decimals(1, 10_000, places=2), st.randoms())
def test_the_order_of_accounts_and_money_moved_between_them_change_nothing(
    history: list[Month], number: int, amount: Decimal, chance: Random
) -> None:
    shuffled = list(ACCOUNTS)
    chance.shuffle(shuffled)
    moved = with_rows(history, number, flow(ACCOUNTS[0], -amount), flow(ACCOUNTS[1], amount))
    assert fees(history) == fees(history, tuple(shuffled)) == fees(moved)
    told = statement(evidence_of(moved, number % len(history), ACCOUNTS), terms=TERMS)
    assert (told["lines"]["deposits"], told["lines"]["withdrawals"]) == ("0", "0")


@few
@given(HISTORIES)
def test_closing_again_finds_the_same(history: list[Month]) -> None:
    assert closes(history) == closes(history)
    last = closes(history)[-1]
    told = evidence_of(history, len(history) - 1, ACCOUNTS)
    again = close(
        [at_cut_off(one, told.period) for one in told.accounts],
        terms=TERMS,
        high_water_mark=last.outcome.high_water_mark,
    )
    assert again.outcome.fee == 0


@few
@given(HISTORIES, st.integers(0, 9))
def test_closing_everything_at_the_mark_before_the_end_never_lowers_the_measure(
    history: list[Month], number: int
) -> None:
    place = number % len(history)
    taken = [
        Row(account, PROFITS[EXCHANGES[account]], profit)
        for account, profit in zip(ACCOUNTS, history[place].open_profit, strict=True)
    ]
    flat = with_rows(history[: place + 1], place, *taken)
    flat[place] = replace(flat[place], open_profit=(ZERO, ZERO))
    assert closes(flat)[place].net_profit >= closes(history)[place].net_profit


@few
@given(HISTORIES, st.integers(0, 9), st.sampled_from(ACCOUNTS), MONEY)
def test_the_bridge_explains_all_of_the_change(
    history: list[Month], number: int, account: UUID, amount: Decimal
) -> None:
    place = number % len(history)
    told = statement(
        evidence_of(with_rows(history, number, flow(account, amount)), place, ACCOUNTS),
        terms=TERMS,
    )
    for one in (told, *told["accounts"]):
        explained = sum(Decimal(line) for line in one["lines"].values())
        assert Decimal(one["closing_equity"]) - Decimal(one["opening_equity"]) == explained


@few
@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), MONEY), max_size=12))
def test_deposits_withdrawals_and_transfers_alone_are_never_charged(
    flows: list[tuple[UUID, Decimal]],
) -> None:
    nothing = Month((), (ZERO, ZERO))
    history = [replace(nothing, rows=(flow(account, amount),)) for account, amount in flows]
    assert sum(fees([*history, nothing])) == 0
