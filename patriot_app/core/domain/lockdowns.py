"""Lockdown: an account whose key is used in a way that we cannot explain opens nothing more.

Policy: a locked-down account may close and its stops stay; nothing is opened, resting entries are
cancelled. It ends by a person's decision: restored after an investigation, or terminated, by which
its key is destroyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyIssue, KeyPermissions


class LockdownRule(StrEnum):
    """Why an account is locked down."""

    RIGHTS_GREW = "rights_grew"
    BINDING_CHANGED = "binding_changed"
    ACCOUNT_CHANGED = "account_changed"
    SETTINGS_CHANGED = "settings_changed"
    FOREIGN_TRADING = "foreign_trading"
    MONEY_LEFT = "money_left"


class LockdownState(StrEnum):
    OPEN = "open"
    RESTORED = "restored"
    TERMINATED = "terminated"


TRANSITIONS: dict[LockdownState, frozenset[LockdownState]] = {
    LockdownState.OPEN: frozenset({LockdownState.RESTORED, LockdownState.TERMINATED}),
    LockdownState.RESTORED: frozenset(),
    LockdownState.TERMINATED: frozenset(),
}

TITLES: Mapping[LockdownRule, str] = {
    LockdownRule.RIGHTS_GREW: "The key may do more than it may",
    LockdownRule.BINDING_CHANGED: "The key's addresses changed",
    LockdownRule.ACCOUNT_CHANGED: "The key opens another account",
    LockdownRule.SETTINGS_CHANGED: "The account's settings changed",
    LockdownRule.FOREIGN_TRADING: "Somebody else trades on the account",
    LockdownRule.MONEY_LEFT: "Money left the account",
}
INVESTIGATE: Mapping[LockdownRule, str] = {
    LockdownRule.RIGHTS_GREW: "Ask the client whether he changed the key. If he did not, somebody"
    " else is in his exchange account: have him delete the key and change his password there.",
    LockdownRule.BINDING_CHANGED: "Ask the client whether he changed the key's addresses.",
    LockdownRule.ACCOUNT_CHANGED: "Ask the client which account he means; connect a key of it.",
    LockdownRule.SETTINGS_CHANGED: "Ask the client to set the account back as it was.",
    LockdownRule.FOREIGN_TRADING: "Ask the client whether he trades there himself. If he does not,"
    " have him delete the key at the exchange at once.",
    LockdownRule.MONEY_LEFT: "Ask the client whether he withdrew the money himself. If he did not,"
    " have him call the exchange and delete the key at once.",
}
"""What to find out before it is restored."""
ASK_CLIENT: Mapping[LockdownRule, str] = {
    LockdownRule.RIGHTS_GREW: "Take the rights to withdraw and transfer away from the key at your"
    " exchange. If you did not give them, delete the key there and change your password.",
    LockdownRule.BINDING_CHANGED: "Set the key's addresses at your exchange back to ours. If you did"
    " not change them, delete the key there and change your password.",
    LockdownRule.ACCOUNT_CHANGED: "Connect a key of the account that you connected first.",
    LockdownRule.SETTINGS_CHANGED: "Set the account at your exchange back as it was.",
    LockdownRule.FOREIGN_TRADING: "If you trade there yourself, tell us. If you do not, delete the"
    " key at your exchange at once and change your password.",
    LockdownRule.MONEY_LEFT: "If you withdrew the money yourself, tell us. If you did not, call your"
    " exchange, delete the key at once and change your password.",
}
"""What the client himself is told to do."""

_RULE_OF_ISSUE = {
    KeyIssue.MOVES_MONEY: LockdownRule.RIGHTS_GREW,
    KeyIssue.UNBOUND: LockdownRule.BINDING_CHANGED,
    KeyIssue.ACCOUNT_TAKEN: LockdownRule.ACCOUNT_CHANGED,
    KeyIssue.OTHER_ACCOUNT: LockdownRule.ACCOUNT_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One reason to lock an account down; `facts` is what was seen, for the investigation."""

    rule: LockdownRule
    facts: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened on an account lately that we did not do.

    Attributes:
        foreign_fills: trades that were not ours.
        money_out: USDT that left by withdrawal or transfer, positive.
        equity_before: USDT before it left; 0 if it was never read.
    """

    foreign_fills: int
    money_out: Decimal
    equity_before: Decimal


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """How much is unusual.

    Attributes:
        foreign_fills_max: more trades of others in an hour are an alarm; 0 switches the rule off.
        money_out_fraction: as much of the equity in a day is an alarm; 0 switches the rule off.
    """

    foreign_fills_max: int
    money_out_fraction: Decimal


def alarm_of_findings(findings: tuple[KeyFinding, ...]) -> Alarm | None:
    """Return the alarm that a check raises; None if nothing in it locks."""
    grave = [one for one in findings if one.effect is Effect.LOCK]
    if not grave:
        return None
    rule = _RULE_OF_ISSUE.get(grave[0].issue, LockdownRule.SETTINGS_CHANGED)
    return Alarm(rule, " ".join(one.says for one in grave))


def alarm_of_change(before: Mapping[str, Any], after: KeyPermissions) -> Alarm | None:
    """Return the alarm that a change between two checks raises, although each alone may pass.

    Args:
        before: what was stored of the last check, by the names of `KeyPermissions`.
    """
    if "addresses" not in before:
        return None
    grown = sorted(set(after.money_rights) - set(before.get("money_rights") or ()))
    if grown:
        return Alarm(
            LockdownRule.RIGHTS_GREW, f"New rights since the last check: {', '.join(grown)}."
        )
    was, now = sorted(before.get("addresses") or ()), sorted(after.addresses)
    if before.get("is_ip_bound") and not after.is_ip_bound:
        return Alarm(LockdownRule.BINDING_CHANGED, "The restriction to addresses was taken away.")
    if set(now) - set(was) and was:
        added = ", ".join(sorted(set(now) - set(was)))
        return Alarm(LockdownRule.BINDING_CHANGED, f"The key now also works from {added}.")
    return None


def alarm_of_activity(activity: Activity, limits: AlarmLimits) -> Alarm | None:
    """Return the alarm that trades and money movements raise."""
    share, most = limits.money_out_fraction, limits.foreign_fills_max
    if share > 0 and activity.equity_before > 0:
        left = activity.money_out / activity.equity_before
        if left >= share:
            return Alarm(
                LockdownRule.MONEY_LEFT,
                f"{activity.money_out:.2f} of {activity.equity_before:.2f} USDT left within a day.",
            )
    if 0 < most < activity.foreign_fills:
        return Alarm(
            LockdownRule.FOREIGN_TRADING,
            f"{activity.foreign_fills} trades within an hour were not ours; {most} are let pass.",
        )
    return None
