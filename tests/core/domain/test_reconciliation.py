from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.reconciliation import (
    DiscrepancyKind,
    LocalBook,
    ReportedBook,
    compare,
    confirmed,
)
from tests.factories.orders import make_position_report, make_report

ACCOUNT = UUID(int=1)
OURS = make_report().client_order_id
LOCAL = LocalBook(
    positions={"BTCUSDT": Decimal(1)},
    working_orders={OURS: "BTCUSDT"},
    known_orders={OURS},
    own_orders={OURS},
    stops_wanted={"BTCUSDT"},
    in_flight=frozenset(),
    wallet_balance=Decimal("100.1"),
)
REPORTED = ReportedBook(
    positions=(make_position_report(),),
    open_orders=(make_report(),),
    stopped_symbols=frozenset({"BTCUSDT"}),
    wallet_balance=Decimal("100.1"),
)


def kinds(local: LocalBook, reported: ReportedBook) -> list[DiscrepancyKind]:
    return [each.kind for each in compare(ACCOUNT, local, reported)]


def test_books_that_agree_differ_in_nothing() -> None:
    assert compare(ACCOUNT, LOCAL, REPORTED) == ()


def test_a_position_may_differ_or_be_unknown() -> None:
    differs = replace(LOCAL, positions={"BTCUSDT": Decimal("0.9")})
    assert kinds(differs, REPORTED) == [DiscrepancyKind.POSITION_DIFFERS]
    unknown = replace(LOCAL, positions={})
    assert kinds(unknown, REPORTED) == [DiscrepancyKind.POSITION_UNKNOWN]


def test_a_symbol_in_flight_is_not_judged() -> None:
    local = replace(LOCAL, positions={}, in_flight=frozenset({"BTCUSDT"}))
    assert kinds(local, replace(REPORTED, stopped_symbols=frozenset(), open_orders=())) == []


def test_orders_may_be_gone_orphaned_or_foreign() -> None:
    gone = replace(REPORTED, open_orders=())
    assert kinds(LOCAL, gone) == [DiscrepancyKind.ORDER_NOT_AT_EXCHANGE]
    orphan = replace(LOCAL, known_orders=frozenset(), working_orders={})
    assert kinds(orphan, REPORTED) == [DiscrepancyKind.ORPHAN_ORDER]
    foreign = replace(REPORTED, open_orders=(make_report(), make_report(client_order_id="web_1")))
    assert kinds(LOCAL, foreign) == [DiscrepancyKind.FOREIGN_ORDER]
    forged = replace(orphan, own_orders=frozenset())
    assert kinds(forged, REPORTED) == [DiscrepancyKind.FOREIGN_ORDER]


def test_a_missing_stop_is_found() -> None:
    bare = replace(REPORTED, stopped_symbols=frozenset())
    assert kinds(LOCAL, bare) == [DiscrepancyKind.STOP_MISSING]


def test_the_wallet_ties_to_the_last_digit_unless_told_otherwise() -> None:
    off = replace(REPORTED, wallet_balance=Decimal("100.10000001"))
    (found,) = compare(ACCOUNT, LOCAL, off)
    assert found.kind is DiscrepancyKind.WALLET_DIFFERS
    assert found.parks
    assert compare(ACCOUNT, LOCAL, off, wallet_tolerance=Decimal("0.01")) == ()


def test_a_difference_counts_when_two_readings_show_it_alike() -> None:
    differs = compare(ACCOUNT, replace(LOCAL, positions={}), REPORTED)
    moved = compare(ACCOUNT, replace(LOCAL, positions={"BTCUSDT": Decimal(3)}), REPORTED)
    assert confirmed(differs, differs) == differs
    assert confirmed(differs, moved) == ()
