"""The wizard's steps say what waits, and for whom."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.month_close import AccountAtCutOff, holds
from patriot_app.core.domain.month_steps import CloseStep, MonthCounts, step_of, steps

NOON = datetime(2026, 2, 1, tzinfo=UTC)
PROVED = AccountAtCutOff(
    account_id=UUID(int=1),
    label="Main",
    cut_off=NOON,
    performance=Decimal(0),
    unrealised_pnl=Decimal(0),
    valued_at=NOON,
    complete_until=NOON,
    tie_out_difference=Decimal(0),
    turnover=Decimal(0),
    unknown_rows=0,
)


def test_every_reason_to_hold_a_month_belongs_to_a_step() -> None:
    found = [
        step_of(*holds([broken]))
        for broken in (
            replace(PROVED, complete_until=None),
            replace(PROVED, gap_from=datetime(2026, 1, 1, tzinfo=UTC)),
            replace(PROVED, tie_out_difference=None),
            replace(PROVED, tie_out_difference=Decimal(1)),
            replace(PROVED, unknown_rows=1),
            replace(PROVED, valued_at=None),
        )
    ]
    assert found == [
        CloseStep.COMPLETENESS,
        CloseStep.COMPLETENESS,
        CloseStep.TIE_OUT,
        CloseStep.TIE_OUT,
        CloseStep.EXCEPTIONS,
        CloseStep.EXCEPTIONS,
    ]


def test_what_is_held_is_counted_at_its_steps_and_stops_nothing_else() -> None:
    counts = MonthCounts(
        due=10,
        reasons=(
            ("Main: the wallet differs from its rows by 1", "Main: its ledger is not read up to"),
            ("Main: 2 rows of a type that nobody classified",),
        ),
        drafts=3,
        finalised=2,
        empty=2,
        invoices=2,
        unsent=1,
    )
    assert {one.step.value: (one.waits, one.of) for one in steps(counts)} == {
        "completeness": (2, 10),
        "tie_out": (1, 10),
        "exceptions": (1, 10),
        "preview": (3, 10),
        "finalise": (3, 5),
        "send": (1, 2),
    }
