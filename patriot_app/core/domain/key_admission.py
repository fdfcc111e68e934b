"""What an exchange says of a key, and what follows from it: one row a rule, in two columns.

A key is judged when it is connected, where a refusal destroys it before it was used, and again
every hour, where an account may hold positions: a key that grew too strong then locks its account,
which may still close, and one that grew too weak is left alone until somebody looked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from patriot_app.core.domain.key_facts import (
    Effect,
    KeyFinding,
    KeyIssue,
    KeyPermissions,
    KeyPolicy,
)

EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row; `detail` returns what to name, "" for nothing to name, None if all is well."""

    issue: KeyIssue
    detail: Callable[[KeyPermissions, KeyPolicy], str | None]
    says: str
    do_next: str
    admission: Effect
    recheck: Effect


def _if(wrong: bool, detail: str = "") -> str | None:
    return detail if wrong else None


def _missing_addresses(facts: KeyPermissions, policy: KeyPolicy) -> str | None:
    missing = [one for one in policy.egress if facts.addresses and one not in facts.addresses]
    return _if(bool(missing), ", ".join(missing))


def _is_expired(facts: KeyPermissions, policy: KeyPolicy) -> bool:
    return facts.expires_at is not None and facts.expires_at <= policy.now


def _expires_soon(facts: KeyPermissions, policy: KeyPolicy) -> str | None:
    ends = facts.expires_at
    if ends is None or _is_expired(facts, policy) or ends - policy.now > EXPIRES_SOON:
        return None
    return f"{ends:%Y-%m-%d}"


def _is_old(facts: KeyPermissions, policy: KeyPolicy) -> str | None:
    if policy.connected_at is None or policy.renew_after is None:
        return None
    age = policy.now - policy.connected_at
    return _if(age >= policy.renew_after, str(age.days))


_NEW_KEY = "Create a new key at the exchange, connect it here, and delete this one there."

RULES = (
    _Rule(
        KeyIssue.MOVES_MONEY,
        lambda facts, _: _if(facts.can_move_money, ", ".join(facts.money_rights)),
        "This key can withdraw or transfer money ({detail}).",
        "Create a key without any withdrawal or transfer permission and connect that one; delete "
        "this key at the exchange.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.CANNOT_READ,
        lambda facts, _: _if(not facts.can_read),
        "This key may not read the account.",
        "Enable reading for it at the exchange and connect it again.",
        admission=Effect.REFUSE,
        recheck=Effect.QUARANTINE,
    ),
    _Rule(
        KeyIssue.READ_ONLY,
        lambda facts, _: _if(facts.is_read_only),
        "This key can only look: it is marked read-only.",
        "Create a key that may read and write, with the rights to trade contracts, and connect it.",
        admission=Effect.REFUSE,
        recheck=Effect.QUARANTINE,
    ),
    _Rule(
        KeyIssue.CANNOT_TRADE,
        lambda facts, _: _if(
            not facts.can_trade and not facts.is_read_only, ", ".join(facts.missing_rights)
        ),
        "This key may not trade futures; it lacks {detail}.",
        "Enable futures trading for it at the exchange and connect it again.",
        admission=Effect.REFUSE,
        recheck=Effect.QUARANTINE,
    ),
    _Rule(
        KeyIssue.UNBOUND,
        lambda facts, policy: _if(not facts.is_ip_bound and policy.is_binding_required),
        "This key works from any address.",
        "Restrict it at the exchange to the addresses that we use for you, then connect it again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.UNBOUND,
        lambda facts, policy: _if(not facts.is_ip_bound and not policy.is_binding_required),
        "This key works from any address.",
        "Whoever copies it can use it: restrict it at the exchange to the addresses that we use.",
        admission=Effect.WARN,
        recheck=Effect.WARN,
    ),
    _Rule(
        KeyIssue.ADDRESS_MISSING,
        _missing_addresses,
        "The addresses that this key is restricted to do not include ours ({detail}).",
        "Add them to the key's list at the exchange and connect it again.",
        admission=Effect.REFUSE,
        recheck=Effect.WARN,
    ),
    _Rule(
        KeyIssue.NOT_UNIFIED,
        lambda facts, _: _if(facts.is_unified is False),
        "This is not a unified trading account.",
        "Upgrade the account to a unified one at the exchange, then connect the key again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.HEDGE_MODE,
        lambda facts, _: _if(facts.is_one_way is False),
        "The account is in hedge mode.",
        "Close its positions, switch it to one-way mode, and connect the key again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.MULTI_ASSETS,
        lambda facts, _: _if(facts.is_multi_assets is True),
        "The account is in multi-assets mode, in which other coins stand for its losses.",
        "Switch it to single-asset mode at the exchange, then connect the key again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.PORTFOLIO_MARGIN,
        lambda facts, _: _if(facts.margin_mode == "portfolio"),
        "The account uses portfolio margin, which our limits do not cover.",
        "Switch it to cross margin at the exchange, then connect the key again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.ISOLATED_MARGIN,
        lambda facts, _: _if(facts.margin_mode == "isolated"),
        "The account uses isolated margin; our limits count with cross margin.",
        "Switch it to cross margin at the exchange, then connect the key again.",
        admission=Effect.REFUSE,
        recheck=Effect.LOCK,
    ),
    _Rule(
        KeyIssue.EXPIRED,
        lambda facts, policy: _if(_is_expired(facts, policy)),
        "This key has expired.",
        _NEW_KEY,
        admission=Effect.REFUSE,
        recheck=Effect.QUARANTINE,
    ),
    _Rule(
        KeyIssue.EXPIRES_SOON,
        _expires_soon,
        "This key expires on {detail}.",
        "Connect a new one before; the key in use works until then.",
        admission=Effect.WARN,
        recheck=Effect.WARN,
    ),
    _Rule(
        KeyIssue.RENEWAL_DUE,
        _is_old,
        "This key has been in use for {detail} days.",
        _NEW_KEY,
        admission=Effect.WARN,
        recheck=Effect.WARN,
    ),
)
"""The decision table. An issue has two rows where its effect depends on more than the moment."""


def judge(
    facts: KeyPermissions, policy: KeyPolicy, *, is_recheck: bool = False
) -> tuple[KeyFinding, ...]:
    """Return all that is wrong with a key, in the order of the table; empty if nothing is."""
    found = []
    for rule in RULES:
        detail = rule.detail(facts, policy)
        if detail is None:
            continue
        found.append(
            KeyFinding(
                rule.issue,
                rule.says.format(detail=detail),
                rule.do_next,
                rule.recheck if is_recheck else rule.admission,
            )
        )
    return tuple(found)


def verdict(findings: tuple[KeyFinding, ...]) -> Effect | None:
    """Return the gravest effect; None if the key is in order."""
    order = list(Effect)
    return max((one.effect for one in findings), key=order.index, default=None)
