"""A month that would be held for good is valued by its trades, by two persons, or without an account."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import fee_periods, held_months
from patriot_app.core.services import month_releases
from patriot_app.core.unit_of_work import begin
from patriot_app.web.console.months.release_state import held_row
from patriot_app.web.parts.statements import told_of
from tests.factories.months import Mandate, first_of, flat, january
from tests.factories.rows import OPERATOR, DaemonRows

S = FeePeriodStatus
END = first_of(2)
WHY = "The key was gone over the month's end"


def lose_the_end(mandate: Mandate, *, is_known: bool = False) -> None:
    """Write January, then forget what Binance's positions were worth at its end.

    Args:
        is_known: the account has been read since, with every trade of its.
    """
    january(mandate)
    rows = mandate.rows
    rows.execute("DELETE FROM equity_snapshots WHERE account_id = %s", mandate.binance)
    if is_known:
        rows.state(mandate.binance, mode="live")


async def release(mandate: Mandate, **overrides: Any) -> None:
    values = {"unrealised_pnl": Decimal(-150), "evidence": "Statement of 1 February", "reason": WHY}
    period = await mandate.month(1)
    async with begin(OPERATOR) as uow:
        await month_releases.value_account(
            uow, period.id, overrides.pop("account", mandate.binance), **{**values, **overrides}
        )


async def test_positions_are_valued_by_their_trades_once_those_are_whole(
    mandate: Mandate, rows: DaemonRows
) -> None:
    lose_the_end(mandate)
    (held,) = await mandate.close(END)
    assert held.status is S.SUSPECT_INCOMPLETE
    rows.state(mandate.binance, mode="live")
    rows.instrument()
    bought = rows.fill(
        mandate.binance,
        None,
        quantity=Decimal(1),
        price=Decimal(50_000),
        traded_at=END - timedelta(days=3),
    )
    rows.position(mandate.binance, quantity=Decimal(1), exchange_quantity=Decimal(1))
    # No candle yet: nothing is said.
    assert (await mandate.close(END))[0].status is S.SUSPECT_INCOMPLETE
    rows.execute(
        "INSERT INTO candles (exchange, mode, symbol, opened_at, open, high, low, close, volume)"
        " VALUES ('binance', 'live', 'BTCUSDT', %s, 1, 1, 1, 49850, 1)",
        END - timedelta(minutes=1),
    )
    (closed,) = await mandate.close(END)
    month = await mandate.month(1)
    assert (closed.status, month.net_profit, month.fee) == (S.DRAFT, 500, 150)
    (binance, _) = month.evidence["accounts"]
    assert (binance["valued_by"], binance["value_evidence"]) == ("trades", "BTCUSDT 1 at 49850")
    found = await fee_periods.get(OPERATOR, month.id)
    assert told_of(found)[1] == (
        "Binance: nobody measured its open positions at the end; they were valued at −150.00 USDT"
        " by its trades and the market's last minute: BTCUSDT 1 at 49850"
    )
    assert bought


@pytest.mark.parametrize("missing", ["trade", "position"])
async def test_trades_that_are_not_whole_value_nothing(
    mandate: Mandate, rows: DaemonRows, missing: str
) -> None:
    lose_the_end(mandate, is_known=True)
    if missing == "trade":
        mandate.book(mandate.binance, 1, "COMMISSION", "0", trade_id="unread", symbol="BTCUSDT")
    else:
        rows.position(mandate.binance, quantity=Decimal(0), exchange_quantity=Decimal(1))
    (held,) = await mandate.close(END)
    assert held.status is S.SUSPECT_INCOMPLETE


async def test_a_person_values_what_nothing_else_tells(mandate: Mandate) -> None:
    lose_the_end(mandate)
    await mandate.close(END)
    period = await mandate.month(1)
    (binance, bybit) = await held_months.accounts(OPERATOR, period.id)
    assert (binance.lacks_value, binance.is_unread, binance.last_value) == (True, False, None)
    assert (held_row(binance).may_value, held_row(binance).may_leave) == (True, False)
    assert held_row(bybit).lacks == ""
    await release(mandate)
    (closed,) = await mandate.close(END)
    month = await mandate.month(1)
    assert (closed.status, month.fee, await held_months.accounts(OPERATOR, period.id)) == (
        S.DRAFT,
        150,
        (),
    )
    assert month.evidence["accounts"][0]["valued_by"] == "person"
    with pytest.raises(Refused, match="Only a month that is held"):
        await release(mandate)


async def test_a_value_needs_evidence_and_a_month_that_lacks_it(
    mandate: Mandate, other_mandate: Mandate
) -> None:
    lose_the_end(mandate)
    await mandate.close(END)
    with pytest.raises(Invalid) as refused:
        await release(mandate, evidence="guess")
    assert "evidence" in refused.value.fields
    with pytest.raises(Refused, match="were valued at that moment"):
        await release(mandate, account=mandate.bybit)
    with pytest.raises(NotFound):
        await release(mandate, account=other_mandate.binance)
    await release(mandate)
    with pytest.raises(Refused, match="were valued at that moment"):
        await release(mandate, unrealised_pnl=Decimal(0))


async def test_an_account_whose_key_is_gone_for_good_leaves_after_its_last_proved_day(
    mandate: Mandate, rows: DaemonRows
) -> None:
    january(mandate)
    last = END - timedelta(days=2)
    for account in (mandate.binance, mandate.bybit):
        rows.execute(
            "INSERT INTO ledger_days (account_id, day, state) VALUES (%s, %s, 'tied')",
            account,
            last - timedelta(days=1),
        )
    mandate.value(mandate.binance, last, "-100")
    rows.execute(
        "UPDATE ledger_cursors SET complete_until = %s WHERE account_id = %s",
        last + timedelta(hours=7),
        mandate.binance,
    )
    await mandate.close(END)
    period = await mandate.month(1)
    (binance, _) = await held_months.accounts(OPERATOR, period.id)
    assert (binance.is_unread, binance.proved_until) == (True, last)
    async with begin(OPERATOR) as uow:
        left_at = await month_releases.leave_mandate(
            uow, period.id, mandate.binance, reason="He closed his account"
        )
    assert left_at == last
    (closed,) = await mandate.close(END)
    month = await mandate.month(1)
    # 800 booked on Binance and 210 lost on Bybit; 100 lost and 60 gained are open.
    assert (closed.status, month.net_profit) == (S.DRAFT, 550)
    assert month.evidence["accounts"][0]["to"] == last.isoformat()
    await mandate.finalise(period.id)
    flat(mandate, 2, binance="0", bybit="100")
    (later,) = await mandate.close(first_of(3))
    assert (later.status, (await mandate.month(2)).net_profit) == (S.DRAFT, 690)


async def test_nothing_is_left_out_that_can_be_proved(mandate: Mandate) -> None:
    lose_the_end(mandate)
    await mandate.close(END)
    period = await mandate.month(1)
    with pytest.raises(Refused, match="No day since 2026-01-01 is proved"):
        async with begin(OPERATOR) as uow:
            await month_releases.leave_mandate(uow, period.id, mandate.binance, reason=WHY)
