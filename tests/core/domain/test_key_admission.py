"""The decision table of keys: what is wrong, what to do next, and what follows from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.key_admission import RULES, judge, verdict
from patriot_app.core.domain.key_facts import Effect, KeyIssue, KeyPermissions, KeyPolicy

NOW = datetime(2026, 11, 2, tzinfo=UTC)
GOOD = KeyPermissions(
    can_read=True,
    can_trade=True,
    is_read_only=False,
    money_rights=(),
    missing_rights=(),
    is_ip_bound=True,
    addresses=("203.0.113.7", "203.0.113.8"),
    exchange_uid="42",
    is_one_way=True,
    is_multi_assets=False,
    is_unified=True,
    margin_mode="cross",
    expires_at=None,
)
POLICY = KeyPolicy(
    exchange=Exchange.BYBIT,
    mode=AccountMode.LIVE,
    require_bound_ip=True,
    egress=("203.0.113.7",),
    now=NOW,
    connected_at=NOW - timedelta(days=30),
    renew_after=timedelta(days=180),
)
CASES: list[tuple[KeyIssue, dict[str, Any], str, str, Effect, Effect]] = [
    (
        KeyIssue.MOVES_MONEY,
        {"money_rights": ("enableWithdrawals", "permitsUniversalTransfer")},
        "enableWithdrawals, permitsUniversalTransfer",
        "without any withdrawal",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.CANNOT_READ,
        {"can_read": False},
        "may not read",
        "Enable reading",
        Effect.REFUSE,
        Effect.QUARANTINE,
    ),
    (
        KeyIssue.READ_ONLY,
        {"is_read_only": True, "can_trade": False},
        "read-only",
        "read and write",
        Effect.REFUSE,
        Effect.QUARANTINE,
    ),
    (
        KeyIssue.CANNOT_TRADE,
        {"can_trade": False, "missing_rights": ("ContractTrade.Order",)},
        "ContractTrade.Order",
        "Enable futures trading",
        Effect.REFUSE,
        Effect.QUARANTINE,
    ),
    (
        KeyIssue.UNBOUND,
        {"is_ip_bound": False, "addresses": ()},
        "any address",
        "Restrict it",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.ADDRESS_MISSING,
        {"addresses": ("198.51.100.1",)},
        "203.0.113.7",
        "Add them",
        Effect.REFUSE,
        Effect.WARN,
    ),
    (
        KeyIssue.NOT_UNIFIED,
        {"is_unified": False},
        "unified",
        "Upgrade",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.HEDGE_MODE,
        {"is_one_way": False},
        "hedge mode",
        "one-way mode",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.MULTI_ASSETS,
        {"is_multi_assets": True},
        "multi-assets",
        "single-asset",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.PORTFOLIO_MARGIN,
        {"margin_mode": "portfolio"},
        "portfolio margin",
        "cross margin",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.ISOLATED_MARGIN,
        {"margin_mode": "isolated"},
        "isolated margin",
        "cross margin",
        Effect.REFUSE,
        Effect.LOCK,
    ),
    (
        KeyIssue.EXPIRED,
        {"expires_at": NOW},
        "has expired",
        "Create a new key",
        Effect.REFUSE,
        Effect.QUARANTINE,
    ),
    (
        KeyIssue.EXPIRES_SOON,
        {"expires_at": NOW + timedelta(days=14)},
        "2026-11-16",
        "Connect a new one before",
        Effect.WARN,
        Effect.WARN,
    ),
]


def test_a_key_that_can_only_trade_is_in_order() -> None:
    assert judge(GOOD, POLICY) == ()
    assert judge(GOOD, POLICY, is_recheck=True) == ()
    assert verdict(()) is None
    unknown = replace(GOOD, is_one_way=None, is_multi_assets=None, is_unified=None, margin_mode="")
    assert judge(unknown, POLICY) == ()


@pytest.mark.parametrize(
    ("issue", "facts", "says", "do_next", "admission", "recheck"), CASES, ids=lambda v: str(v)[:20]
)
def test_each_fault_has_its_own_sentence_its_advice_and_its_effect(
    issue: KeyIssue,
    facts: dict[str, Any],
    says: str,
    do_next: str,
    admission: Effect,
    recheck: Effect,
) -> None:
    (found,) = judge(replace(GOOD, **facts), POLICY)
    assert (found.issue, found.effect) == (issue, admission)
    assert says in found.says
    assert do_next in found.do_next
    assert "{" not in str(found)
    (later,) = judge(replace(GOOD, **facts), POLICY, is_recheck=True)
    assert later.effect is recheck


def test_every_rule_of_the_table_has_a_case() -> None:
    tried = {case[0] for case in CASES} | {KeyIssue.RENEWAL_DUE}
    assert {rule.issue for rule in RULES} == tried


def test_no_two_rules_say_the_same() -> None:
    sentences = [(rule.issue, rule.says, rule.admission) for rule in RULES]
    assert len(set(sentences)) == len(sentences)
    assert all(rule.do_next.endswith(".") for rule in RULES)


@pytest.mark.parametrize("mode", list(AccountMode))
def test_a_key_that_can_move_money_is_refused_in_every_mode(mode: AccountMode) -> None:
    found = judge(replace(GOOD, money_rights=("Wallet.Withdraw",)), replace(POLICY, mode=mode))
    assert verdict(found) is Effect.REFUSE


@pytest.mark.parametrize(
    ("mode", "require", "effect"),
    [
        (AccountMode.LIVE, True, Effect.REFUSE),
        (AccountMode.LIVE, False, Effect.WARN),
        (AccountMode.PAPER, True, Effect.WARN),
        (AccountMode.TESTNET, True, Effect.WARN),
    ],
)
def test_an_unbound_key_is_refused_where_money_is_real_unless_a_setting_allows_it(
    mode: AccountMode, require: bool, effect: Effect
) -> None:
    policy = replace(POLICY, mode=mode, require_bound_ip=require)
    assert verdict(judge(replace(GOOD, is_ip_bound=False, addresses=()), policy)) is effect


def test_only_the_addresses_that_are_missing_are_named() -> None:
    policy = replace(POLICY, egress=("203.0.113.8", "203.0.113.9"))
    (found,) = judge(GOOD, policy)
    assert "203.0.113.9" in found.says
    assert "203.0.113.8" not in found.says
    told_only_whether = replace(GOOD, addresses=())
    assert judge(told_only_whether, policy) == ()


def test_an_old_key_is_to_be_renewed_where_an_age_is_set() -> None:
    old = replace(POLICY, connected_at=NOW - timedelta(days=180))
    (found,) = judge(GOOD, old, is_recheck=True)
    assert (found.issue, found.effect) == (KeyIssue.RENEWAL_DUE, Effect.WARN)
    assert "180 days" in found.says
    assert judge(GOOD, replace(old, renew_after=None)) == ()


def test_all_faults_are_told_at_once_and_the_gravest_decides() -> None:
    found = judge(
        replace(
            GOOD, money_rights=("Wallet.Withdraw",), is_one_way=False, expires_at=NOW + timedelta(1)
        ),
        POLICY,
    )
    assert len(found) == 3
    assert verdict(found) is Effect.REFUSE
