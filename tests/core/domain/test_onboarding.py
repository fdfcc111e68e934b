from dataclasses import replace
from decimal import Decimal

import pytest

from patriot_app.core.domain.onboarding import (
    Onboarding,
    StepState,
    balance_problem,
    is_complete,
    steps,
)
from patriot_app.core.domain.users import UserStatus

REGISTERED = Onboarding(
    status=UserStatus.PENDING_VERIFICATION,
    accounts=0,
    verified_keys=0,
    waiting_keys=0,
    refusal="",
    balance=None,
    minimum=Decimal(100),
    shares=0,
    trades=0,
)
APPROVED = replace(REGISTERED, status=UserStatus.ACTIVE)
READ = replace(APPROVED, accounts=1, verified_keys=1, balance=Decimal(100))


def due(known: Onboarding) -> tuple[str, StepState]:
    """Return the first step that is not done."""
    found = next(step for step in steps(known) if step.state is not StepState.DONE)
    return found.name, found.state


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (REGISTERED, ("approval", StepState.WAITING)),
        (APPROVED, ("connect", StepState.NOW)),
        (replace(APPROVED, accounts=1), ("key", StepState.NOW)),
        (replace(APPROVED, accounts=1, waiting_keys=1), ("key", StepState.WAITING)),
        (replace(APPROVED, accounts=1, refusal="It can withdraw."), ("key", StepState.PROBLEM)),
        (replace(READ, balance=None), ("balance", StepState.WAITING)),
        (replace(READ, balance=Decimal("99.9")), ("balance", StepState.PROBLEM)),
        (READ, ("strategies", StepState.WAITING)),
        (replace(READ, shares=1), ("trade", StepState.WAITING)),
    ],
)
def test_one_step_is_due_and_says_whose_turn_it_is(
    known: Onboarding, expected: tuple[str, StepState]
) -> None:
    assert due(known) == expected
    shown = [step.state for step in steps(known)]
    assert shown.count(StepState.LATER) == len(shown) - 1 - shown.count(StepState.DONE)


def test_the_way_ends_with_the_first_trade() -> None:
    assert not is_complete(READ)
    assert is_complete(replace(READ, shares=1, trades=1))


@pytest.mark.parametrize(
    ("balance", "minimum", "said"),
    [
        (None, "0", ""),
        ("0", "0", ""),
        ("100", "100", ""),
        ("99.50", "100", "99.5 USDT on it; at least 100 USDT are needed"),
        (None, "100", "its balance was never read; wait until its key is verified"),
    ],
)
def test_too_little_money_is_told_in_figures(balance: str | None, minimum: str, said: str) -> None:
    money = None if balance is None else Decimal(balance)
    assert balance_problem(money, minimum=Decimal(minimum)) == said
