"""The inbox in words; what may be decided of what."""

from dataclasses import replace
from decimal import Decimal

import pytest

from patriot_app.core.domain.reconciliation import Cause, cause_of, drift_tolerance
from patriot_app.core.queries.reconciliation import InboxItem, SyncRunView
from patriot_app.web.console.accounts.rows import sync_row
from patriot_app.web.console.reconciliation.rows import ACTS, acts_of, consequence, item_row
from tests.web.console.read_models import ID, NOW

ITEM = InboxItem(
    id=f"d{ID}",
    subject_id=ID,
    account_id=ID,
    account="Binance paper",
    client="Ada",
    exchange="binance",
    mode="paper",
    kind="position_differs",
    subject="BTCUSDT",
    symbol="BTCUSDT",
    local="0.5",
    reported="0.4",
    cause="",
    evidence="Two looks",
    status="open",
    parks=True,
    found_at=NOW,
    seen_at=NOW,
    decision="",
    decided_by="",
    reason="",
    resolved_at=None,
)


@pytest.mark.parametrize(
    ("kind", "acts"),
    [
        ("position_differs", ("adopt", "close", "ignore")),
        ("orphan_order", ("adopt", "close", "ignore")),
        ("wallet_differs", ("adopt", "ignore")),
        ("foreign_trade", ()),
        ("order_unknown", ("look",)),
        ("order_quarantined", ("look", "absent")),
        ("parked", ("unpark",)),
    ],
)
def test_each_kind_offers_what_helps_with_it(kind: str, acts: tuple[str, ...]) -> None:
    item = replace(ITEM, kind=kind)
    assert acts_of(item) == acts
    assert all(consequence(kind, act) for act in acts)
    assert set(acts) <= set(ACTS)
    assert acts_of(replace(item, status="adopted")) == ()


def test_an_open_difference_says_what_it_stops_and_what_is_proposed() -> None:
    row = item_row(ITEM, now=NOW)
    assert row.title == "Position differs BTCUSDT"
    assert (row.parks, row.proposal) == ("Opens nothing until it is decided", "Adopt")
    assert row.cause == "Nothing explains it"
    decided = replace(ITEM, status="ignored", decision="ignore", decided_by="Ada", reason="Known")
    settled = item_row(decided, now=NOW)
    assert (settled.parks, settled.decision) == ("", "Ignore by Ada: Known")


def test_an_explained_trade_names_who_made_it() -> None:
    row = item_row(
        replace(ITEM, kind="foreign_trade", cause="liquidation", status="explained"), now=NOW
    )
    assert row.cause == "Liquidated by the exchange"
    assert row.proposal == ""


@pytest.mark.parametrize(
    ("client_order_id", "cause"),
    [
        ("autoclose-1234", Cause.LIQUIDATION),
        ("adl_autoclose", Cause.DELEVERAGED),
        ("settlement_autoclose-99", Cause.SETTLED),
        ("web_abc", Cause.MANUAL),
        ("", Cause.MANUAL),
    ],
)
def test_the_exchanges_own_orders_are_known_by_their_ids(
    client_order_id: str, cause: Cause
) -> None:
    assert cause_of(client_order_id) is cause


def test_the_tolerance_is_half_a_dollar_or_two_basis_points() -> None:
    assert drift_tolerance(None) == Decimal("0.5")
    assert drift_tolerance(Decimal(1_000)) == Decimal("0.5")
    assert drift_tolerance(Decimal(10_000)) == Decimal(2)


def test_a_reading_says_what_it_read_found_and_changed() -> None:
    run = SyncRunView(
        id=ID,
        kind="full",
        state="succeeded",
        requested_by="Ada",
        started_at=NOW,
        finished_at=NOW,
        report={
            "read": {"trades": 12, "ready": True, "ledger_difference": None},
            "differed": ["position_differs BTCUSDT"],
            "changed": ["1 trades were missing"],
            "duration_s": 1.25,
        },
        error="",
    )
    row = sync_row(run, now=NOW)
    assert (row.kind, row.read, row.duration) == ("Full", "trades 12", "1.2 s")
    assert row.found == "Differs: position_differs BTCUSDT; 1 trades were missing"
    calm = replace(run, report={"duration_s": 0.5})
    assert sync_row(calm, now=NOW).found == "Nothing differed, nothing changed"
    failed = replace(run, state="failed", report={}, error="binance: 503")
    assert sync_row(failed, now=NOW).found == "binance: 503"
