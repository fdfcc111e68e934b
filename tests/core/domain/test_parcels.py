from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from patriot_app.core.domain.parcels import LINES_MAX, Parcel, headline, lines

ONE = Parcel(
    id=UUID(int=1),
    user_id=UUID(int=2),
    severity="notice",
    title="BTCUSDT: not enough money for a trade",
    body="Needs 507.50 USDT.",
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
    attempts=1,
)


def test_what_says_the_same_of_several_accounts_is_counted_and_each_reason_told_once() -> None:
    bundle = replace(
        ONE, others=((ONE.title, "Needs 9.00 USDT."), (ONE.title, "Needs 507.50 USDT."))
    )
    assert headline(bundle) == "3 accounts: BTCUSDT: not enough money for a trade"
    assert lines(bundle) == ["Needs 507.50 USDT.", "Needs 9.00 USDT."]


def test_a_digest_names_each_message_and_counts_what_has_no_room() -> None:
    bundle = replace(ONE, others=tuple((f"Title {n}", "Text.") for n in range(LINES_MAX + 4)))
    assert headline(bundle) == f"{LINES_MAX + 5} messages"
    assert lines(bundle)[0] == "BTCUSDT: not enough money for a trade. Needs 507.50 USDT."
    assert lines(bundle)[-1] == "And 5 more, in the notification centre."


def test_who_hides_amounts_sees_none() -> None:
    assert lines(replace(ONE, hides_amounts=True)) == ["Needs ••• USDT."]
