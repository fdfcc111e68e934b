"""Months of a mandate: what they come to, what holds them, and that doing it again changes nothing."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.mandates import WithdrawalPolicy
from patriot_app.core.services.invoices import Finalised
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import DaemonRows

S = FeePeriodStatus


async def test_three_months_come_to_what_the_specification_says(mandate: Mandate) -> None:
    january(mandate)
    (one,) = await mandate.close(first_of(2))
    month = await mandate.month(1)
    assert (one.status, month.net_profit, month.fee) == (S.DRAFT, 500, 150)
    assert await mandate.books() == {"accrued_fees": 150, "fee_revenue": -150}
    await mandate.finalise(one.period_id)
    assert (await mandate.month(1)).high_water_mark_after == 500
    flat(mandate, 2, binance="-300", bybit="100")
    (two,) = await mandate.close(first_of(3))
    month = await mandate.month(2)
    assert (two.status, month.net_profit, month.fee) == (S.EMPTY, 390, 0)
    flat(mandate, 3, binance="410")
    await mandate.close(first_of(4))
    month = await mandate.month(3)
    assert (month.net_profit, month.base, month.fee, month.high_water_mark_after) == (
        800,
        300,
        90,
        800,
    )


async def test_the_statement_leads_from_one_equity_to_the_other(mandate: Mandate) -> None:
    january(mandate)
    await mandate.close(first_of(2))
    told = (await mandate.month(1)).evidence
    lines = {name: Decimal(amount) for name, amount in told["lines"].items()}
    assert Decimal(told["opening_equity"]) == 15_000
    assert lines == {
        "deposits": 2_000,
        "withdrawals": 0,
        "realised": 680,
        "funding": -30,
        "commission": -60,
        "in_transit": 0,
        "other": 0,
        "unrealised_change": -90,
    }
    assert Decimal(told["closing_equity"]) == 15_000 + sum(lines.values())
    assert [one["amount"] for one in told["transfers"]] == ["1000"]
    binance, _ = told["accounts"]
    assert (binance["label"], binance["rows"], len(binance["digest"])) == ("Binance", 5, 64)
    assert {one["type"]: one["sum"] for one in binance["types"]} == {
        "TRANSFER": "2000",
        "REALIZED_PNL": "900",
        "FUNDING_FEE": "-40",
        "COMMISSION": "-60",
    }


async def test_closing_again_changes_nothing_and_books_nothing(mandate: Mandate) -> None:
    january(mandate)
    (once,) = await mandate.close(first_of(2))
    (again,) = await mandate.close(first_of(2))
    assert (once.has_changed, again.has_changed) == (True, False)
    assert await mandate.books() == {"accrued_fees": 150, "fee_revenue": -150}
    await mandate.finalise(once.period_id)
    assert await mandate.close(first_of(2)) == ()


async def test_a_late_row_corrects_a_draft_and_its_accrual(mandate: Mandate) -> None:
    january(mandate)
    await mandate.close(first_of(2))
    mandate.book(mandate.binance, 1, "COMMISSION", "-100")
    (closed,) = await mandate.close(first_of(2))
    assert closed.has_changed
    assert (await mandate.month(1)).fee == 120
    assert await mandate.books() == {"accrued_fees": 120, "fee_revenue": -120}


async def test_the_next_month_waits_for_a_draft_and_not_for_one_that_is_held(
    mandate: Mandate,
) -> None:
    january(mandate)
    flat(mandate, 2, binance="100")
    assert [one.status for one in await mandate.close(first_of(3))] == [S.DRAFT]
    mandate.book(mandate.binance, 1, "SOMETHING_NEW", "1", classification="unknown")
    held, waiting = await mandate.close(first_of(3))
    assert (held.status, waiting.status) == (S.SUSPECT_INCOMPLETE, S.SUSPECT_INCOMPLETE)
    assert "1 rows of a type that nobody classified" in (await mandate.month(1)).status_reason
    assert await mandate.books() == {}


async def test_what_is_not_proved_is_held_with_every_reason(mandate: Mandate) -> None:
    january(mandate)
    mandate.complete(until=first_of(2) - timedelta(seconds=1), difference="0.02")
    (held,) = await mandate.close(first_of(2))
    month = await mandate.month(1)
    assert held.status is S.SUSPECT_INCOMPLETE
    assert "Binance: its ledger is not read up to the end of the period" in month.status_reason
    assert "Bybit: the wallet differs from its rows by 0.02" in month.status_reason
    assert (month.fee, month.evidence) == (None, None)
    mandate.complete()
    (closed,) = await mandate.close(first_of(2))
    assert closed.status is S.DRAFT


async def test_positions_that_nobody_valued_at_the_end_hold_the_month(mandate: Mandate) -> None:
    mandate.book(mandate.binance, 1, "REALIZED_PNL", "100")
    mandate.value(mandate.binance, first_of(2))
    mandate.value(mandate.bybit, first_of(2) - timedelta(hours=2))
    (held,) = await mandate.close(first_of(2))
    assert (await mandate.month(1)).status_reason == (
        "Bybit: its open positions were not valued at the end"
    )
    assert held.status is S.SUSPECT_INCOMPLETE


async def test_a_month_that_is_not_over_is_not_closed(mandate: Mandate) -> None:
    january(mandate)
    assert await mandate.close(first_of(2) - timedelta(seconds=1)) == ()


async def test_paper_money_closes_pro_forma_and_leaves_the_books_alone(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    mandate = await make_months(rows, *engines, mode=AccountMode.PAPER)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    assert await mandate.finalise(closed.period_id) == Finalised(periods=1, invoices=())
    month = await mandate.month(1)
    assert (month.status, month.is_billable, await mandate.books()) == (S.FINALISED, False, {})


async def test_a_withdrawal_shrinks_a_carried_loss_only_where_that_was_agreed(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    fees = {}
    for policy in WithdrawalPolicy:
        mandate = await make_months(
            rows, *engines, rate="0.25", withdrawal_policy=policy, invoice_minimum=Decimal(0)
        )
        flat(mandate, 1, binance="-500")
        await mandate.close(first_of(2))
        left_at = first_of(2) + timedelta(days=10)
        for account, equity in ((mandate.binance, "2000"), (mandate.bybit, "2500")):
            rows.snapshot(account, left_at - timedelta(minutes=1), equity)
        mandate.book(mandate.binance, 2, "TRANSFER", "-500", at=left_at)
        flat(mandate, 2, binance="1000")
        await mandate.close(first_of(3))
        fees[policy] = (await mandate.month(2)).fee
    assert fees == {
        WithdrawalPolicy.DOLLAR: Decimal("125.00"),
        WithdrawalPolicy.PRORATA: Decimal("138.89"),
    }
