"""Terms, marks and carried losses hold from the period that begins with or after them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from patriot_app.core.domain.mandates import (
    AgreedTerms,
    Agreement,
    MarkReset,
    PastPeriod,
    Terms,
    opening_mark,
    problems_of,
)

JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4))
THIRTY = Terms(Decimal("0.3"))
TWENTY = replace(THIRTY, rate=Decimal("0.2"), hurdle=Decimal(100))
PAST = (
    PastPeriod(JANUARY, Decimal(500), Decimal(0)),
    PastPeriod(FEBRUARY, None, Decimal(40)),
)


def agreement(*resets: MarkReset) -> Agreement:
    middle = datetime(2026, 1, 15, tzinfo=UTC)
    agreed = (AgreedTerms(THIRTY, JANUARY), AgreedTerms(TWENTY, middle))
    return Agreement(Decimal(10), agreed, resets)


def test_new_terms_hold_from_the_next_period_as_a_whole() -> None:
    assert agreement().terms_at(JANUARY) == THIRTY
    assert agreement().terms_at(FEBRUARY) == TWENTY


def test_before_anything_was_agreed_there_are_no_terms() -> None:
    assert agreement().terms_at(datetime(2025, 12, 1, tzinfo=UTC)) is None


def test_the_mark_is_the_highest_that_was_charged() -> None:
    assert agreement().mark_at(JANUARY, ()) == 10
    assert agreement().mark_at(MARCH, PAST) == 500


def test_a_mark_that_is_set_anew_forgets_what_was_charged_before_it() -> None:
    amended = agreement(MarkReset(Decimal(200), MARCH))
    assert amended.mark_at(FEBRUARY, PAST[:1]) == 500
    assert amended.mark_at(MARCH, PAST) == 200
    later = (*PAST, PastPeriod(MARCH, Decimal(260), Decimal(0)))
    assert amended.mark_at(APRIL, later) == 260


def test_a_forgiven_loss_is_carried_until_a_fee_or_an_amendment() -> None:
    assert agreement().loss_forgiven_at(FEBRUARY, PAST[:1]) == 0
    assert agreement().loss_forgiven_at(MARCH, PAST) == 40
    assert agreement(MarkReset(Decimal(0), MARCH)).loss_forgiven_at(MARCH, PAST) == 0


def test_terms_that_break_a_rule_name_their_field() -> None:
    wrong = Terms(Decimal(1), hurdle=Decimal(-1), invoice_minimum=Decimal(-1))
    assert set(problems_of(wrong)) == {"rate", "hurdle", "invoice_minimum"}
    assert problems_of(TWENTY) == {}


def test_open_profit_at_the_start_is_not_ours() -> None:
    assert opening_mark(Decimal(70)) == 70
    assert opening_mark(Decimal(-70)) == 0
