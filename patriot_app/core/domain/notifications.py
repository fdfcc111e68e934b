"""Who hears of a fact, and in which words. One table; what is not in it is in the log only.

What cannot wait goes out by e-mail too. Whether this desk can send any is not decided here: a fact
is recorded by several processes, and only the notifier knows the mail server.
"""

from dataclasses import dataclass
from typing import Any

from patriot_app.core.domain.events import Event, Severity
from patriot_app.core.domain.permissions import Role
from patriot_app.core.domain.reasons import SHORT_OF_MONEY, DenialReason

CHANNEL_CONSOLE = "console"
CHANNEL_EMAIL = "email"

TRADING_STAFF = frozenset({Role.FUND_MANAGER, Role.ADMIN})
CONTROL_STAFF = frozenset({Role.COMPLIANCE, Role.ADMIN})
ALL_STAFF = TRADING_STAFF | CONTROL_STAFF | {Role.SUPPORT}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for a group of people.

    Attributes:
        roles: staff roles that hear it; empty for none.
        is_for_client: the client of the event's account, or the client it is about, hears it.
        is_for_actor: he hears it even of what he did himself: it may not have been he.
        channels: where; the console's bell always, louder ones for what cannot wait.
    """

    title: str
    body: str
    severity: Severity
    roles: frozenset[Role]
    is_for_client: bool
    channels: tuple[str, ...]
    is_for_actor: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    title: str
    body: str
    roles: frozenset[Role] = frozenset()
    is_for_client: bool = False
    is_for_actor: bool = False


_SHORT_CODES = frozenset(reason.value for reason in SHORT_OF_MONEY)
_LIMIT_CODES = frozenset(
    reason.value
    for reason in (
        DenialReason.ORDER_NOTIONAL_LIMIT,
        DenialReason.POSITION_NOTIONAL_LIMIT,
        DenialReason.LEVERAGE_LIMIT,
        DenialReason.DAILY_LOSS_LIMIT,
        DenialReason.DRAWDOWN_LIMIT,
    )
)
_CODES = {"OrderSkipped": _SHORT_CODES, "OrderDenied": _LIMIT_CODES}
"""Of these facts only some reasons concern the client."""

_IF_NOT_YOU = "If that was not you, end all sessions, change your password and tell the desk."
_OF_ONES_SIGN_IN: dict[str, _Rule] = {
    "NewDeviceSeen": _Rule(
        "Signed in from a new device", "{device}, address {ip}. " + _IF_NOT_YOU, is_for_client=True
    ),
    "SignedInAfterFailures": _Rule(
        "Signed in after {failures} failures",
        "From address {ip}. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "SecondFactorChanged": _Rule(
        "Your second factor was changed", _IF_NOT_YOU, is_for_client=True, is_for_actor=True
    ),
    "SecondFactorReset": _Rule(
        "Your second factor was removed by the desk",
        "Your sessions have ended; set up another at your next sign-in. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "SecondFactorLocked": _Rule(
        "Your second factor is locked for a while",
        "Several wrong codes came with your right password. Until {until} only recovery codes are "
        "taken. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "ApiKeyCreated": _Rule(
        "An API key was made: {name}",
        "{prefix} may do: {scopes}. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "RefreshTokenReused": _Rule(
        "A program of yours was signed out",
        "Its refresh token came twice, the second time from {ip}: somebody else may have it. "
        + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "PasswordChanged": _Rule(
        "Your password was changed",
        "Every other session was signed out. Look through your API keys, too. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "RecoveryCodeUsed": _Rule(
        "A recovery code of yours was used", _IF_NOT_YOU, is_for_client=True, is_for_actor=True
    ),
}
"""What a person hears of his own coming and going, also where he did it himself."""

_RULES: dict[str, _Rule] = {
    "OrderSkipped": _Rule(
        "{symbol}: not enough money for a trade",
        "Your account did not take part in a trade of {symbol}. {reason}. "
        "With more money on the account it will take part again.",
        is_for_client=True,
    ),
    "OrderDenied": _Rule(
        "{symbol}: a limit stopped a trade",
        "Your account did not take part in a trade of {symbol}. {reason}.",
        is_for_client=True,
    ),
    "CredentialVerified": _Rule(
        "API key {masked_key} is connected",
        "The exchange confirmed the key. The account can trade.",
        is_for_client=True,
    ),
    "CredentialRejected": _Rule(
        "API key {masked_key} was refused",
        "{reasons}",
        roles=frozenset({Role.SUPPORT, Role.ADMIN}),
        is_for_client=True,
    ),
    "CredentialRevoked": _Rule(
        "API key {masked_key} is no longer used", "{reason}", is_for_client=True
    ),
    "UserStatusChanged": _Rule(
        "You are {status}",
        "Your standing with the desk has changed from {previous} to {status}. {reason}",
        is_for_client=True,
    ),
    "RiskProfileChanged": _Rule(
        "Your risk profile is {risk_profile} now",
        "It was {risk_profile_before}. {justification}",
        is_for_client=True,
    ),
    "RiskProfileWished": _Rule(
        "A client wishes for the risk profile {profile}",
        "{justification}. Decide under Clients.",
        frozenset({Role.ADMIN}),
    ),
    "InvitationUsed": _Rule(
        "{email} has registered and awaits approval",
        "Look at the person under Clients, then approve or refuse.",
        frozenset({Role.ADMIN}),
    ),
    "CredentialWaiting": _Rule(
        "API key {masked_key} waits for its exchange",
        "The exchange does not answer. We try again by ourselves; you need not do anything.",
        is_for_client=True,
    ),
    "CredentialReplaced": _Rule(
        "API key {masked_key} was replaced",
        "{by} is in use now. Delete the former key at the exchange.",
        is_for_client=True,
    ),
    "CredentialQuarantined": _Rule(
        "API key {masked_key} does not work any more",
        "{reasons} Until it works again we cannot trade on the account, and cannot close or guard "
        "what is open; stops that lie at the exchange stay there.",
        ALL_STAFF,
        is_for_client=True,
    ),
    "CredentialDidNotOpen": _Rule(
        "A stored API key does not open: {masked_key}",
        "{reason}. Its account does nothing; find out who changed the database.",
        CONTROL_STAFF,
    ),
    "CredentialExpiresSoon": _Rule(
        "API key {masked_key} expires on {expires_on}",
        "Create a new key at the exchange and connect it before; after it we can do nothing on the "
        "account.",
        is_for_client=True,
    ),
    "CredentialRenewalAsked": _Rule(
        "Please renew API key {masked_key}",
        "It has been in use for {age_days} days. Create a new key at the exchange, connect it on "
        "your page of keys, and delete the former one; trading goes on meanwhile.",
        is_for_client=True,
    ),
    "AccountLockedDown": _Rule(
        "An account is locked down: {title}",
        "{facts}. It opens nothing more until we have found out why; it may still close. If you "
        "did not do this yourself, delete the key at the exchange at once.",
        ALL_STAFF,
        is_for_client=True,
    ),
    "LockdownEnded": _Rule("A lockdown ended: {state}", "{reason}", ALL_STAFF, is_for_client=True),
    "AccountParked": _Rule(
        "An account is parked", "It opens nothing more until someone looked: {reason}", ALL_STAFF
    ),
    "DiscrepancyFound": _Rule(
        "{kind}: {what}",
        "Our books: {local}. The exchange: {reported}. {cause}",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "PositionUnprotected": _Rule(
        "{symbol}: a position has no stop",
        "For {seconds} s the exchange has shown no protective stop.",
        TRADING_STAFF,
    ),
    "LegLate": _Rule(
        "{symbol}: the desk closed in the exchange's place",
        "The price {mark_price} was beyond the {leg} at {trigger_price}, and the exchange had not "
        "carried it out.",
        TRADING_STAFF,
    ),
    "OrderQuarantined": _Rule(
        "An order's outcome stays unknown",
        "Order {client_order_id} has been unknown since {unknown_since}; entries are blocked.",
        TRADING_STAFF,
    ),
    "OrderFilledLate": _Rule(
        "A fill came after its order's end",
        "Order {client_order_id} filled {quantity} late; entries are blocked.",
        TRADING_STAFF,
    ),
    "StrategyFailed": _Rule(
        "A strategy failed on {symbol}", "Its deployment is paused: {error}", TRADING_STAFF
    ),
    "HaltRaised": _Rule(
        "Trading is {state} (K{level}): {scope} {scope_id}",
        "{reason}",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "HaltLoweringProposed": _Rule(
        "Somebody must confirm: lower a halt of {scope} {scope_id}",
        "From K{level} to K{to_level}. {reason}",
        CONTROL_STAFF,
    ),
    "HaltCleared": _Rule(
        "A halt is cleared up: {scope} {scope_id}",
        "{done} accounts are done, {failed} failed.",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "HaltLifted": _Rule(
        "A halt is lifted: {scope} {scope_id}", "{reason}", TRADING_STAFF | CONTROL_STAFF
    ),
    "LedgerDidNotTie": _Rule(
        "A ledger does not explain its wallet",
        "The difference is {difference} USDT; no invoice is drafted.",
        CONTROL_STAFF,
    ),
    "UnknownLedgerType": _Rule(
        "A ledger row of unknown type",
        "{row_type} must be classified before the month can be closed.",
        CONTROL_STAFF,
    ),
    "ColdModeEntered": _Rule(
        "The database is not believed: cold mode",
        "{reason}. Every order is looked up before it leaves, until every account is proved.",
        ALL_STAFF,
    ),
    "ColdModeLeft": _Rule("Cold mode is over", "{reason}", ALL_STAFF),
    **_OF_ONES_SIGN_IN,
    "JobFailed": _Rule("Job {job} failed", "{error}", frozenset({Role.ADMIN})),
    "InvariantBroken": _Rule(
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
    is_urgent = event.severity in {Severity.WARNING, Severity.CRITICAL}
    return Notice(
        title=rule.title.format_map(words).strip(),
        body=rule.body.format_map(words),
        severity=event.severity,
        roles=rule.roles,
        is_for_client=rule.is_for_client,
        channels=(CHANNEL_CONSOLE, CHANNEL_EMAIL) if is_urgent else (CHANNEL_CONSOLE,),
        is_for_actor=rule.is_for_actor,
    )


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value).rstrip(".")
