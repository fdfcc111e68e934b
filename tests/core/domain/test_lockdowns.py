"""When an account is locked down, and what is to be found out."""

from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.key_admission import judge
from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyIssue
from patriot_app.core.domain.lockdowns import (
    INVESTIGATE,
    TITLES,
    TRANSITIONS,
    Activity,
    AlarmLimits,
    LockdownRule,
    LockdownState,
    alarm_of_activity,
    alarm_of_change,
    alarm_of_findings,
)
from patriot_app.core.domain.transitions import final_states
from tests.core.domain.test_key_admission import GOOD, POLICY

LIMITS = AlarmLimits(foreign_fills_max=20, money_out_fraction=Decimal("0.5"))


def test_every_rule_has_a_title_and_says_what_to_find_out() -> None:
    assert set(TITLES) == set(INVESTIGATE) == set(LockdownRule)


def test_a_lockdown_ends_once() -> None:
    assert set(final_states(TRANSITIONS)) == {LockdownState.RESTORED, LockdownState.TERMINATED}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"money_rights": ("enableWithdrawals",)}, LockdownRule.RIGHTS_GREW),
        ({"is_ip_bound": False, "addresses": ()}, LockdownRule.BINDING_CHANGED),
        ({"is_one_way": False}, LockdownRule.SETTINGS_CHANGED),
        ({"is_multi_assets": True}, LockdownRule.SETTINGS_CHANGED),
    ],
)
def test_a_check_that_finds_a_key_too_strong_locks_down(
    facts: dict[str, Any], rule: LockdownRule
) -> None:
    alarm = alarm_of_findings(judge(replace(GOOD, **facts), POLICY, is_recheck=True))
    assert alarm is not None
    assert alarm.rule is rule
    assert alarm.facts


def test_warnings_lock_nothing() -> None:
    warned = (KeyFinding(KeyIssue.EXPIRES_SOON, "Soon.", "Renew.", Effect.WARN),)
    assert alarm_of_findings(warned) is None
    assert alarm_of_findings(()) is None


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ({}, {"addresses": ("203.0.113.7", "198.51.100.9")}, LockdownRule.BINDING_CHANGED),
        ({}, {"is_ip_bound": False, "addresses": ()}, LockdownRule.BINDING_CHANGED),
        ({}, {"money_rights": ("Wallet.Withdraw",)}, LockdownRule.RIGHTS_GREW),
        ({}, {"addresses": ("203.0.113.7",)}, None),
        ({"is_ip_bound": False, "addresses": ()}, {}, None),
        ({}, {}, None),
    ],
)
def test_a_change_between_two_checks_locks_down_where_it_lets_more_in(
    before: dict[str, Any], after: dict[str, Any], rule: LockdownRule | None
) -> None:
    alarm = alarm_of_change(asdict(replace(GOOD, **before)), replace(GOOD, **after))
    assert (alarm.rule if alarm else None) is rule


def test_a_key_that_was_never_asked_has_not_changed() -> None:
    assert alarm_of_change({}, GOOD) is None
    assert alarm_of_change({"can_read": True, "can_move_money": False}, GOOD) is None


@pytest.mark.parametrize(
    ("activity", "rule"),
    [
        (Activity(20, Decimal(0), Decimal(1_000)), None),
        (Activity(21, Decimal(0), Decimal(1_000)), LockdownRule.FOREIGN_TRADING),
        (Activity(0, Decimal("499.99"), Decimal(1_000)), None),
        (Activity(0, Decimal(500), Decimal(1_000)), LockdownRule.MONEY_LEFT),
        (Activity(99, Decimal(500), Decimal(1_000)), LockdownRule.MONEY_LEFT),
        (Activity(0, Decimal(500), Decimal(0)), None),
    ],
)
def test_unusual_trades_and_money_movements_lock_down(
    activity: Activity, rule: LockdownRule | None
) -> None:
    alarm = alarm_of_activity(activity, LIMITS)
    assert (alarm.rule if alarm else None) is rule


def test_rules_of_zero_are_off() -> None:
    off = AlarmLimits(foreign_fills_max=0, money_out_fraction=Decimal(0))
    assert alarm_of_activity(Activity(999, Decimal(999), Decimal(1_000)), off) is None
