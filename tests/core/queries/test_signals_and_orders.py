"""What became of a signal, account by account, and of one order, step by step."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.queries import fan_outs, orders, retries, signals
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_deployment

SENT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WITHDRAWN = {"expired": "expired", "superseded": "superseded", "cancelled": "operator"}


async def version_of(deployment_id: UUID) -> UUID:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT version_id FROM deployments WHERE id = :id"), {"id": deployment_id}
        )
        version_id = found.scalar_one()
    assert isinstance(version_id, UUID)
    return version_id


@pytest.fixture
async def fan_out(as_web: str, rows: DaemonRows) -> tuple[UUID, Mapping[str, UUID]]:
    """One signal to eleven accounts that each came to something else."""
    rows.instrument()
    clients = [await make_client(name=f"Client {number}") for number in range(3)]
    names = ["filled", "partial", "working", "skipped", "denied", "unknown", "failed", "pending"]
    names += WITHDRAWN
    ids = {
        name: await make_account(clients[index % 3], label=name) for index, name in enumerate(names)
    }
    deployment_id = await make_deployment(list(ids.values()))
    signal_id = rows.signal(
        deployment_id, await version_of(deployment_id), created_at=SENT, stop_loss=Decimal(49_000)
    )
    rows.insert(
        "fan_outs", {"signal_id": signal_id, "shard": 1, "state": "finished", "accounts": 12}
    )
    decisions = {"skipped": "INSUFFICIENT_MARGIN", "denied": "POSITION_NOTIONAL_LIMIT"}
    for place, (name, account_id) in enumerate(ids.items()):
        reason = decisions.get(name, "")
        rows.fan_out_account(
            signal_id,
            account_id,
            place=place,
            decision=name if reason else "planned",
            reason_code=reason,
        )
    sent: dict[str, tuple[str, str]] = {
        "filled": ("filled", "0.5"),
        "partial": ("canceled", "0.2"),
        "working": ("open", "0"),
        "unknown": ("unknown", "0"),
        "failed": ("rejected", "0"),
        **dict.fromkeys(WITHDRAWN, ("canceled", "0")),
    }
    for number, (name, (state, filled)) in enumerate(sent.items(), start=1):
        intent_id = rows.intent(ids[name], signal_id=signal_id)
        is_answered = state != "unknown"
        rows.attempt(
            intent_id,
            ids[name],
            state=state,
            cancel_cause=WITHDRAWN.get(name, ""),
            filled_quantity=Decimal(filled),
            average_price=Decimal(50_000 + 5 * number) if Decimal(filled) else None,
            sending_at=SENT,
            acknowledged_at=SENT + timedelta(milliseconds=100 * number) if is_answered else None,
        )
    return signal_id, ids


async def test_each_account_of_a_signal_has_the_outcome_that_its_orders_tell(
    fan_out: tuple[UUID, Mapping[str, UUID]],
) -> None:
    signal_id, ids = fan_out
    grid = await fan_outs.grid(OPERATOR, signal_id, PageRequest())
    assert {row.account: row.outcome.value for row in grid.items} == {name: name for name in ids}
    filled = grid.items[0]
    assert filled.average_price == Decimal(50_005)
    assert filled.slippage_bps == Decimal(1)
    assert filled.latency_ms == Decimal(100)
    assert [row.place for row in grid.items] == list(range(11))
    denied = await fan_outs.grid(OPERATOR, signal_id, PageRequest(filters={"outcome": "denied"}))
    assert [row.reason_code for row in denied.items] == ["POSITION_NOTIONAL_LIMIT"]


async def test_a_signal_counts_its_outcomes_and_those_not_decided_yet(
    fan_out: tuple[UUID, Mapping[str, UUID]],
) -> None:
    signal_id, _ = fan_out
    summary = await signals.get(OPERATOR, signal_id)
    assert summary.counts == signals.OutcomeCounts(
        accounts=12,
        filled=1,
        partial=1,
        working=1,
        pending=2,
        skipped=1,
        denied=1,
        unknown=1,
        expired=1,
        superseded=1,
        cancelled=1,
        failed=1,
    )
    assert (summary.latency_p50_ms, summary.latency_p95_ms) == (Decimal(500), Decimal(800))
    assert summary.dispersion_bps == Decimal(1)
    assert summary.is_finished


async def test_an_entry_that_ended_as_it_was_meant_to_is_not_offered_again(
    fan_out: tuple[UUID, Mapping[str, UUID]],
) -> None:
    preview = await retries.preview(OPERATOR, fan_out[0])
    assert {one.outcome for one in preview.again} == {"failed", "skipped"}
    assert set(WITHDRAWN) < {one.outcome for one in preview.left_out}


async def test_reasons_are_counted(fan_out: tuple[UUID, Mapping[str, UUID]]) -> None:
    found = await fan_outs.reasons(OPERATOR, fan_out[0])
    assert {(one.reason_code, one.accounts) for one in found} == {
        ("INSUFFICIENT_MARGIN", 1),
        ("POSITION_NOTIONAL_LIMIT", 1),
    }


async def test_a_reversal_is_filled_when_both_of_its_legs_are(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    account_id = await make_account()
    deployment_id = await make_deployment([account_id])
    signal_id = rows.signal(deployment_id, await version_of(deployment_id))
    rows.fan_out_account(signal_id, account_id)

    async def outcome() -> str:
        grid = await fan_outs.grid(OPERATOR, signal_id, PageRequest())
        return grid.items[0].outcome.value

    assert await outcome() == "pending"
    leaving = rows.intent(account_id, signal_id=signal_id, leg="exit", side="SELL")
    entering = rows.intent(account_id, signal_id=signal_id)
    rows.attempt(leaving, account_id, state="filled", filled_quantity=Decimal("0.5"))
    assert await outcome() == "partial"
    rows.attempt(entering, account_id, state="filled", filled_quantity=Decimal("0.5"))
    assert await outcome() == "filled"


async def test_an_order_tells_its_life_in_order(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_account()
    intent_id = rows.intent(account_id, created_at=SENT)
    attempt_id = rows.attempt(
        intent_id,
        account_id,
        state="filled",
        created_at=SENT + timedelta(milliseconds=1),
        sending_at=SENT + timedelta(milliseconds=2),
        acknowledged_at=SENT + timedelta(milliseconds=52),
        resolved_at=SENT + timedelta(milliseconds=70),
        filled_quantity=Decimal("0.5"),
    )
    rows.fill(account_id, attempt_id, received_at=SENT + timedelta(milliseconds=60))
    found = await orders.detail(OPERATOR, attempt_id)
    assert found.summary.state is AttemptState.FILLED
    assert found.summary.latency_ms == Decimal(50)
    assert found.timeline[0].text == "entry BUY 0.5 BTCUSDT"
    assert [step.title for step in found.timeline] == [
        "Intended",
        "Stored before sending",
        "Sent",
        "Answered",
        "Filled",
        "Ended filled",
    ]
    assert found.fills[0].price == Decimal(50_010)


async def test_orders_are_filtered_and_paged_by_the_server(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_account()
    for number in range(7):
        intent_id = rows.intent(account_id)
        rows.attempt(intent_id, account_id, state="open" if number % 2 else "filled")
    mine = {"account_id": str(account_id)}
    page = await orders.page(OPERATOR, PageRequest(page=2, size=3, filters=mine))
    assert (len(page.items), page.total, page.pages) == (3, 7, 3)
    live = await orders.page(OPERATOR, PageRequest(filters={**mine, "live": "yes"}))
    assert live.total == 3
