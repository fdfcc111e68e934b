"""What a rule of notification is, and the rules of sign-ins and of exchanges' maintenance."""

from dataclasses import dataclass

from patriot_app.core.domain.permissions import Role

TRADING_STAFF = frozenset({Role.FUND_MANAGER, Role.ADMIN})
CONTROL_STAFF = frozenset({Role.COMPLIANCE, Role.ADMIN})
SUPPORT_STAFF = frozenset({Role.SUPPORT, Role.ADMIN})
ALL_STAFF = TRADING_STAFF | CONTROL_STAFF | {Role.SUPPORT}


@dataclass(frozen=True, slots=True)
class Rule:
    """Title and body, filled from the fact's fields, and who hears them.

    Attributes:
        is_by_email: it leaves the house though it is not urgent.
    """

    title: str
    body: str
    roles: frozenset[Role] = frozenset()
    is_for_client: bool = False
    is_for_actor: bool = False
    is_by_email: bool = False


_IF_NOT_YOU = "If that was not you, end all sessions, change your password and tell the desk."
OF_ONES_SIGN_IN: dict[str, Rule] = {
    "NewDeviceSeen": Rule(
        "Signed in from a new device", "{device}, address {ip}. " + _IF_NOT_YOU, is_for_client=True
    ),
    "SignedInAfterFailures": Rule(
        "Signed in after {failures} failures",
        "From address {ip}. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "SecondFactorChanged": Rule(
        "Your second factor was changed", _IF_NOT_YOU, is_for_client=True, is_for_actor=True
    ),
    "SecondFactorReset": Rule(
        "Your second factor was removed by the desk",
        "Your sessions have ended; set up another at your next sign-in. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "SecondFactorLocked": Rule(
        "Your second factor is locked for a while",
        "Several wrong codes came with your right password. Until {until} only recovery codes are "
        "taken. " + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "ApiKeyCreated": Rule(
        "An API key was made: {name}",
        "{prefix} may do: {scopes}. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "RefreshTokenReused": Rule(
        "A program of yours was signed out",
        "Its refresh token came twice, the second time from {ip}: somebody else may have it. "
        + _IF_NOT_YOU,
        is_for_client=True,
    ),
    "PasswordChanged": Rule(
        "Your password was changed",
        "Every other session was signed out. Look through your API keys, too. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "UserEmailChangeAsked": Rule(
        "Another address was asked for",
        "Somebody who is signed in as you wants {email} in place of this address; it is changed as"
        " soon as the link sent there is opened. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "UserEmailChanged": Rule(
        "Your address was changed",
        "You sign in with {email} from now on, no longer with {email_before}. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "RecoveryCodeUsed": Rule(
        "A recovery code of yours was used", _IF_NOT_YOU, is_for_client=True, is_for_actor=True
    ),
    "TelegramLinked": Rule(
        "Telegram was connected: {telegram_name}",
        "This account may now let a browser in for you, beside your second factor. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "TelegramUnlinked": Rule(
        "Telegram was disconnected: {telegram_name}",
        "The chat shows and lets in nothing more. " + _IF_NOT_YOU,
        is_for_client=True,
        is_for_actor=True,
    ),
    "TelegramSignInRefused": Rule(
        "A sign-in was refused in your chat",
        "{device}, address {ip}, asked to be let in through Telegram and got the answer No.",
        is_for_client=True,
        is_for_actor=True,
    ),
}
"""What a person hears of his own coming and going, also where he did it himself."""

OF_MAINTENANCE: dict[str, Rule] = {
    "MaintenancePlanned": Rule(
        "Maintenance of {exchange} {mode}",
        "{starts_at} to {ends_at}: {reason}. Entries pause before it.",
        TRADING_STAFF,
    ),
    "MaintenanceBeganUnexpectedly": Rule(
        "{exchange} {mode} is under maintenance, unannounced",
        "Nothing is sent there until it is over; stops at the exchange protect. {reason}.",
        TRADING_STAFF,
    ),
    "MaintenanceOverran": Rule(
        "Maintenance of {exchange} {mode} lasts longer than told",
        "It was to end at {ends_at}; nothing is sent there until the exchange says that it is over.",
        TRADING_STAFF,
    ),
    "MaintenanceEnded": Rule(
        "Maintenance of {exchange} {mode} is over",
        "{accounts} accounts are read afresh before they open anything.",
        TRADING_STAFF,
    ),
}

OF_INVOICES: dict[str, Rule] = {
    "InvoiceSent": Rule(
        "Invoice {number} for {month}",
        "{amount} {currency}, due on {due_on}. Invoice and statement: {link}",
        is_for_client=True,
        is_by_email=True,
    ),
    "InvoiceReminded": Rule(
        "Invoice {number} is overdue",
        "{outstanding} {currency} were due on {due_on}. If you have paid meanwhile, thank you. "
        "Invoice and statement: {link}",
        is_for_client=True,
        is_by_email=True,
    ),
    "MonthWithoutFeeTold": Rule(
        "{month}: no fee",
        "The month is over and there is nothing to pay. Your statement: {link}",
        is_for_client=True,
        is_by_email=True,
    ),
    "ClientHeldForOverdue": Rule(
        "Invoice {number} has been overdue for {days} days",
        "Nothing new is opened on your accounts until it is paid; what is open stays guarded.",
        CONTROL_STAFF,
        is_for_client=True,
    ),
    "InvoicingChanged": Rule(
        "Invoicing details were changed",
        "{changes}. If the desk did not mean to, put them back before the next invoice.",
        CONTROL_STAFF,
    ),
}

OF_DELIVERY: dict[str, Rule] = {
    "DeliveryStopped": Rule(
        "Messages do not leave by {channel}",
        "{waiting} wait, the first since {since}. Look under System, Delivery of messages.",
        ALL_STAFF,
    ),
    "DeliveryResumed": Rule(
        "Messages leave by {channel} again", "What waited is on its way.", ALL_STAFF
    ),
    "WebhookAdded": Rule(
        "A program is told what staff hears: {name}",
        "{host} is called about {kinds}. If the desk did not mean to, delete it under Webhooks.",
        CONTROL_STAFF,
    ),
    "WebhookSwitchedOff": Rule(
        "The webhook {name} is switched off",
        "{host}: {reason}. {given_up} calls were given up. Resume it under Webhooks when it answers"
        " again.",
        CONTROL_STAFF,
    ),
}

OF_LEDGERS: dict[str, Rule] = {
    "LedgerDidNotTie": Rule(
        "A ledger does not explain its wallet",
        "The difference is {difference} USDT; no invoice is drafted.",
        CONTROL_STAFF,
    ),
    "UnknownLedgerType": Rule(
        "A ledger row of unknown type",
        "{row_type} must be classified before the month can be closed.",
        CONTROL_STAFF,
    ),
    "LedgerWentStale": Rule(
        "A ledger was not read for an hour",
        "Its key or its exchange keeps us from it. Binance serves rows for three months only.",
        CONTROL_STAFF,
    ),
    "LedgerGapFound": Rule(
        "A ledger has a gap",
        "Rows from {gap_from} on may be missing; its months are held.",
        CONTROL_STAFF,
    ),
    "LedgerRowDiffered": Rule(
        "A ledger row was told again with another amount",
        "{row_type} {row_id}: {amount} is now {told}.",
        CONTROL_STAFF,
    ),
}

OF_ALLOCATIONS: dict[str, Rule] = {
    "AllocationChangeAsked": Rule(
        "Other shares were asked for: {account}",
        "{shares}, instead of {shares_before}. They hold from the next rebalancing on, "
        "{effective_at}; until then they can be taken back.",
        is_for_client=True,
    ),
    "AccountRebalanced": Rule(
        "Rebalanced: {account}",
        "New positions are sized by these shares: {shares}. What is open was left alone.",
        is_for_client=True,
        is_by_email=True,
    ),
    "AllocationChangeRefused": Rule(
        "The shares of {account} stay as they are",
        "What was asked for could not be applied: {reason}. Ask again when that is settled.",
        TRADING_STAFF,
        is_for_client=True,
    ),
}

OF_LIMITS: dict[str, Rule] = {
    "RiskBreachesFound": Rule(
        "{summary}",
        "{did}. Look under Risk and acknowledge what you have seen.",
        TRADING_STAFF | CONTROL_STAFF,
    ),
    "RiskBreachActed": Rule(
        "{label}: {figures}",
        "A limit of your account was passed. {did}. You need not do anything.",
        is_for_client=True,
    ),
    "LimitOverridden": Rule(
        "A limit is overridden until {expires_at}",
        "{name} of {scope} {scope_id} is {value} meanwhile: {reason}",
        CONTROL_STAFF,
    ),
    "LimitOverrideEnded": Rule(
        "An override has ended: {name} of {scope} {scope_id}",
        "{reason}. The limits that were set before count again.",
        TRADING_STAFF,
    ),
}

OF_TICKETS: dict[str, Rule] = {
    "TicketOpened": Rule(
        "A client asks: question {number}", "It waits for an answer under Tickets.", SUPPORT_STAFF
    ),
    "TicketFollowedUp": Rule(
        "A client wrote again: question {number}",
        "It waits for an answer under Tickets.",
        SUPPORT_STAFF,
    ),
    "TicketAnswered": Rule(
        "Answer to your question {number}", "{answer}", is_for_client=True, is_by_email=True
    ),
    "TicketClosed": Rule(
        "Your question {number} is settled",
        "Write again under Questions if it is not.",
        is_for_client=True,
    ),
}

OF_REPORTS: dict[str, Rule] = {
    "ReportMade": Rule(
        "Performance of {about}: {period}",
        "Your report is ready: {link}",
        is_for_client=True,
        is_for_actor=True,
        is_by_email=True,
    ),
}
