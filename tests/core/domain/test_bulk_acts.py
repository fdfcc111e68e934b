import pytest

from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.bulk_acts import (
    AccountAct,
    AssignmentAct,
    ClientAct,
    account_problem,
    assignment_problem,
    client_problem,
)
from patriot_app.core.domain.users import RiskProfile, UserStatus

A, C = AccountAct, ClientAct


@pytest.mark.parametrize(
    ("act", "status", "why_not"),
    [
        (C.SUSPEND, "active", ""),
        (C.SUSPEND, "suspended", "Is suspended"),
        (C.SUSPEND, "pending_verification", "Awaits approval"),
        (C.REACTIVATE, "closed", "Is closed"),
        (C.APPROVE, "pending_verification", ""),
        (C.PROFILE_HIGH, "active", ""),
        (C.PROFILE_LOW, "active", "Has this profile already"),
        (C.PROFILE_HIGH, "closed", "Is closed"),
    ],
)
def test_a_client_is_skipped_for_a_reason_that_is_told(
    act: ClientAct, status: str, why_not: str
) -> None:
    found = client_problem(act, status=UserStatus(status), profile=RiskProfile.LOW)
    assert found == why_not


@pytest.mark.parametrize(
    ("act", "status", "client", "has_key", "why_not"),
    [
        (A.SUSPEND, "active", "suspended", False, ""),
        (A.SUSPEND, "disabled", "active", True, "Is disabled"),
        (A.ACTIVATE, "suspended", "active", True, ""),
        (A.ACTIVATE, "active", "active", True, "Is active"),
        (A.ACTIVATE, "suspended", "suspended", True, "Its client: is suspended"),
        (A.ACTIVATE, "disabled", "active", False, "Has no verified key"),
    ],
)
def test_an_account_is_skipped_for_a_reason_that_is_told(
    act: AccountAct, status: str, client: str, has_key: bool, why_not: str
) -> None:
    found = account_problem(
        act,
        status=AccountStatus(status),
        client_status=UserStatus(client),
        has_key=has_key,
    )
    assert found == why_not


G, R = AssignmentAct.ASSIGN, AssignmentAct.RELEASE
POOR = "12 USDT on it; at least 100 USDT are needed"


@pytest.mark.parametrize(
    ("act", "status", "is_in", "held_by", "money", "why_not"),
    [
        (G, "active", False, "", "", ""),
        (G, "active", True, "", "", "Is in this deployment already"),
        (G, "suspended", False, "", "", "Is suspended"),
        (G, "disabled", False, "", "", "Is disabled"),
        (G, "active", False, "BTCUSDT belongs to Trend", POOR, "BTCUSDT belongs to Trend"),
        (G, "active", False, "", POOR, POOR),
        (G, "active", False, "", "its balance was never read", "Its balance was never read"),
        (R, "suspended", True, "", POOR, ""),
        (R, "active", False, "", "", "Is not in this deployment"),
    ],
)
def test_an_account_is_not_given_to_a_deployment_for_a_reason_that_is_told(
    act: AssignmentAct, status: str, is_in: bool, held_by: str, money: str, why_not: str
) -> None:
    found = assignment_problem(
        act, status=AccountStatus(status), is_in=is_in, held_by=held_by, money_problem=money
    )
    assert found == why_not
