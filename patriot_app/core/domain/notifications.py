"""Who hears of a fact, and in which words. What has no rule here is in the log only.

The notice says what holds for who never chose; his own choices are asked when it is posted. Whether
this desk can send mail or has a bot is not decided here: a fact is recorded by several processes,
and only the notifier knows the mail server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from patriot_app.core.domain.events import Event, Severity
from patriot_app.core.domain.key_notice_rules import OF_KEYS
from patriot_app.core.domain.notice_words import TRANSLATED
from patriot_app.core.domain.notification_kinds import default_channels, kind_of
from patriot_app.core.domain.notification_preferences import Channel, Choice, Language, NoticeKind
from patriot_app.core.domain.notification_rules import (
    ALL_STAFF,
    CONTROL_STAFF,
    OF_ALLOCATIONS,
    OF_DELIVERY,
    OF_INVOICES,
    OF_LEDGERS,
    OF_LIMITS,
    OF_MAINTENANCE,
    OF_ONES_SIGN_IN,
    OF_REPORTS,
    OF_TICKETS,
    TRADING_STAFF,
    Rule,
)
from patriot_app.core.domain.permissions import Role
from patriot_app.core.domain.reasons import SHORT_OF_MONEY, DenialReason

CHANNEL_CONSOLE = "console"
CHANNEL_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for a group of people.

    Attributes:
        roles: staff roles that hear it; empty for none.
        is_for_client: the client of the event's account, or the client it is about, hears it.
        is_for_actor: he hears it even of what he did himself: it may not have been he.
        channels: what holds on each channel for who never chose.
        about: what it leads to, such as "account:<id>".
        translated: title and body in other languages, for who chose one of them.
        group: what waits for the same person under one key goes out as one message.
    """

    title: str
    body: str
    severity: Severity
    roles: frozenset[Role]
    is_for_client: bool
    kind: NoticeKind
    channels: Mapping[Channel, Choice]
    is_for_actor: bool = False
    about: str = ""
    group: str = ""
    translated: Mapping[Language, tuple[str, str]] = field(default_factory=dict)


GROUP_WAIT_S = 3.0
"""What is grouped waits so long for its like before it leaves the house."""

_SHORT_CODES = frozenset(reason.value for reason in SHORT_OF_MONEY)
_LIMIT_CODES = frozenset(
    reason.value
    for reason in (
        DenialReason.ORDER_NOTIONAL_LIMIT,
        DenialReason.POSITION_NOTIONAL_LIMIT,
        DenialReason.LEVERAGE_LIMIT,
        DenialReason.DAILY_LOSS_LIMIT,
        DenialReason.DRAWDOWN_LIMIT,
        DenialReason.MARGIN_RATIO_LIMIT,
    )
)
_CODES = {"OrderSkipped": _SHORT_CODES, "OrderDenied": _LIMIT_CODES}
"""Of these facts only some reasons concern the client."""

_RULES: dict[str, Rule] = {
    "OrderSkipped": Rule(
        "{symbol}: not enough money for a trade",
        "Your account did not take part in a trade of {symbol}. {reason}. "
        "With more money on the account it will take part again.",
        is_for_client=True,
    ),
    "OrderDenied": Rule(
        "{symbol}: a limit stopped a trade",
        "Your account did not take part in a trade of {symbol}. {reason}.",
        is_for_client=True,
    ),
    "FanOutFellShort": Rule(
        "{symbol}: {missed} of {accounts} accounts took no part",
        "{reasons}. Each of them, with what was checked, stands under Fan-outs.",
        TRADING_STAFF,
    ),
    "UserStatusChanged": Rule(
        "You are {status}",
        "Your standing with the desk has changed from {previous} to {status}. {reason}",
        is_for_client=True,
    ),
    "RiskProfileChanged": Rule(
        "Your risk profile is {risk_profile} now",
        "It was {risk_profile_before}. {justification}",
        is_for_client=True,
    ),
    "RiskProfileWished": Rule(
        "A client wishes for the risk profile {profile}",
        "{justification}. Decide under Clients.",
        frozenset({Role.ADMIN}),
    ),
    "InvitationUsed": Rule(
        "{email} has registered and awaits approval",
        "Look at the person under Clients, then approve or refuse.",
        frozenset({Role.ADMIN}),
    ),
    "AccountLockedDown": Rule(
        "An account is locked down: {title}",
        "{facts}. It opens nothing more until we have found out why; it may still close. If you "
        "did not do this yourself, delete the key at the exchange at once.",
        ALL_STAFF,
        is_for_client=True,
    ),
    "LockdownEnded": Rule("A lockdown ended: {state}", "{reason}", ALL_STAFF, is_for_client=True),
    "AccountParked": Rule(
        "An account is parked", "It opens nothing more until someone looked: {reason}", ALL_STAFF
    ),
    "DiscrepancyFound": Rule(
        "{kind}: {what}",
        "Our books: {local}. The exchange: {reported}. {cause}",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "PositionUnprotected": Rule(
        "{symbol}: a position has no stop",
        "For {seconds} s the exchange has shown no protective stop.",
        TRADING_STAFF,
    ),
    "LegLate": Rule(
        "{symbol}: the desk closed in the exchange's place",
        "The price {mark_price} was beyond the {leg} at {trigger_price}, and the exchange had not "
        "carried it out.",
        TRADING_STAFF,
    ),
    "OrderQuarantined": Rule(
        "An order's outcome stays unknown",
        "Order {client_order_id} has been unknown since {unknown_since}; entries are blocked.",
        TRADING_STAFF,
    ),
    "OrderFilledLate": Rule(
        "A fill came after its order's end",
        "Order {client_order_id} filled {quantity} late; entries are blocked.",
        TRADING_STAFF,
    ),
    "StrategyFailed": Rule(
        "A strategy failed on {symbol}", "Its deployment is paused: {error}", TRADING_STAFF
    ),
    "HaltRaised": Rule(
        "Trading is {state} (K{level}): {scope} {scope_id}",
        "{reason}",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "HaltLoweringProposed": Rule(
        "Somebody must confirm: lower a halt of {scope} {scope_id}",
        "From K{level} to K{to_level}. {reason}",
        CONTROL_STAFF,
    ),
    "HaltCleared": Rule(
        "A halt is cleared up: {scope} {scope_id}",
        "{done} accounts are done, {failed} failed.",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "HaltLifted": Rule(
        "A halt is lifted: {scope} {scope_id}", "{reason}", TRADING_STAFF | CONTROL_STAFF
    ),
    "ColdModeEntered": Rule(
        "The database is not believed: cold mode",
        "{reason}. Every order is looked up before it leaves, until every account is proved.",
        ALL_STAFF,
    ),
    "ColdModeLeft": Rule("Cold mode is over", "{reason}", ALL_STAFF),
    **OF_KEYS,
    **OF_ONES_SIGN_IN,
    **OF_TICKETS,
    **OF_MAINTENANCE,
    **OF_INVOICES,
    **OF_DELIVERY,
    **OF_LEDGERS,
    **OF_ALLOCATIONS,
    **OF_LIMITS,
    **OF_REPORTS,
    "JobFailed": Rule("Job {job} failed", "{error}", frozenset({Role.ADMIN})),
    "InvariantBroken": Rule(
        "A rule of the books is broken: {name}", "First objects: {sample}", frozenset({Role.ADMIN})
    ),
}


def route(event: Event) -> Notice | None:
    """Return who is told of an event and what; None if nobody."""
    rule = _RULES.get(event.type)
    if rule is None:
        return None
    payload = event.to_payload()
    codes = _CODES.get(event.type)
    if codes is not None and payload["reason_code"] not in codes:
        return None
    words = {name: _words(value) for name, value in payload.items()}
    return Notice(
        title=rule.title.format_map(words).strip(),
        body=_body(rule.body, words, payload),
        severity=event.severity,
        roles=rule.roles,
        is_for_client=rule.is_for_client,
        kind=kind_of(event),
        channels=default_channels(event.severity, is_by_email=rule.is_by_email),
        is_for_actor=rule.is_for_actor,
        about=_about(event),
        translated={
            language: (found[0].format_map(words).strip(), _body(found[1], words, payload))
            for language, by_kind in TRANSLATED.items()
            if (found := by_kind.get(event.type)) is not None
        },
        group=f"{event.type}:{payload['symbol']}:{payload['reason_code']}" if codes else "",
    )


def _body(pattern: str, words: Mapping[str, str], payload: Mapping[str, Any]) -> str:
    """Fill in a body; a value that is the whole of it, such as an answer, stays as it was written."""
    alone = pattern.removeprefix("{").removesuffix("}")
    is_whole = f"{{{alone}}}" == pattern and alone in payload
    return _text(payload[alone]) if is_whole else pattern.format_map(words)


def words_of(kind: str) -> tuple[str, str]:
    """Return title and body of a kind's notice in English, before they are filled in."""
    return _RULES[kind].title, _RULES[kind].body


def routed() -> frozenset[str]:
    """Return the kinds of events that somebody is told of."""
    return frozenset(_RULES)


def _about(event: Event) -> str:
    for name in ("account", "client", "deployment"):
        found = getattr(event, f"{name}_id", None)
        if found is not None:
            return f"{name}:{found}"
    return ""


def _words(value: Any) -> str:
    """Return a value as part of a sentence that has a full stop of its own."""
    return _text(value) if isinstance(value, list) else _text(value).rstrip(".")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)
