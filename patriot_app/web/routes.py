"""Every address of the web process, once."""

from urllib.parse import quote, urlencode

SIGN_IN = "/sign-in"
FIRST_RUN = "/first-run"
CONFIRM_IDENTITY = "/confirm-identity"
SECOND_FACTOR = "/second-factor"
"""Served as plain HTML, as what follows: a seed, codes, links and keys never pass through Reflex."""
MY_SESSIONS = "/my-sessions"
MY_API_KEYS = "/my-api-keys"
MY_EMAIL = "/my-email"
MY_TELEGRAM = "/my-telegram"
TELEGRAM_SIGN_IN = "/telegram-sign-in"
MY_PASSWORD = "/my-password"  # noqa: S105 - an address
FORGOTTEN_PASSWORD = "/forgotten-password"  # noqa: S105 - an address
INVITE = "/invite"
INVITE_STAFF = "/team/invite"
STAFF_PASSWORD_LINK = "/team/password-link"  # noqa: S105 - an address
NEW_WEBHOOK = "/webhooks/new"
WEBHOOK_SECRET = "/webhooks/secret"  # noqa: S105 - an address
INVOICE_PDF = "/documents/invoices"
CREDIT_NOTE_PDF = "/documents/credit-notes"
STATEMENT_PDF = "/documents/statements"
REPORT_FILE = "/documents/reports"
REGULATORY_EXPORT = "/regulatory-export"
KIT = "/kit"
NOT_FOUND = "404"
"""What Reflex calls the page of every address that it does not know."""

OVERVIEW = "/"
CLIENTS = "/clients"
INVITATIONS = "/clients/invitations"
REFERRALS = "/clients/referrals"
OFF_BOARDING = "/clients/off-boarding"
BULK = "/clients/bulk"
TRADING = "/clients/trading"
ACCOUNTS = "/accounts"
KEY_HEALTH = "/accounts/keys"
STRATEGIES = "/strategies"
REBALANCING = "/strategies/rebalancing"
SIGNALS = "/signals"
FAN_OUT = "/signals/fan-out"
ORDERS = "/orders"
POSITIONS = "/positions"
RISK = "/risk"
KILL_SWITCH = "/kill-switch"
PERFORMANCE = "/performance"
STRATEGY_RANKING = "/performance/strategies"
FILL_SPREAD = "/performance/fills"
REPORTS = "/performance/reports"
RECONCILIATION = "/reconciliation"
INCIDENTS = "/incidents"
TICKETS = "/tickets"
FEES = "/fees"
LEDGER = "/fees/ledger"
MONTHS = "/fees/months"
INVOICES = "/fees/invoices"
REVENUE = "/fees/revenue"
PARTNERS = "/fees/partners"
INSTRUMENTS = "/instruments"
LIMITS = "/limits"
SYSTEM = "/system"
ACTIVITY = "/activity"
APPROVALS = "/approvals"
COMPLIANCE = "/compliance"

NOTIFICATIONS = "/notifications"
NOTIFICATION_SETTINGS = "/notifications/settings"
DELIVERY = "/system/delivery"
WEBHOOKS = "/system/webhooks"

MY_NOTIFICATIONS = "/portfolio/notifications"
MY_NOTIFICATION_SETTINGS = "/portfolio/notifications/settings"
MY_PROFILE = "/portfolio/profile"
MY_ACTIVITY = "/portfolio/activity"
OF_ONESELF = (MY_PROFILE, MY_ACTIVITY, MY_NOTIFICATIONS, MY_NOTIFICATION_SETTINGS)
"""What a customer reads about himself and not about his money."""
PORTFOLIO = "/portfolio"
MY_POSITIONS = "/portfolio/positions"
MY_PERFORMANCE = "/portfolio/performance"
MY_TRADING = "/portfolio/trading"
MY_ALLOCATION = "/portfolio/shares"
MY_REPORTS = "/portfolio/reports"
MY_KEYS = "/portfolio/keys"
MY_STATEMENTS = "/portfolio/statements"
MY_QUESTIONS = "/portfolio/questions"

TEAM = "/team"
SIGN_INS = "/sign-ins"
SESSIONS = "/sign-ins/sessions"
PROGRAM_KEYS = "/sign-ins/keys"

API_SESSION = "/api/session"
API_SIGN_OUT = "/api/session/end"
API_FIRST_RUN = "/api/first-run"
API_CONFIRM_IDENTITY = "/api/session/confirm"
API_ACCOUNTS = "/api/accounts"
API_CLIENTS = "/api/clients"
API_INVITATIONS = "/api/invitations"
API_JOIN = "/api/join"

CONSOLE = (
    OVERVIEW,
    CLIENTS,
    INVITATIONS,
    REFERRALS,
    OFF_BOARDING,
    BULK,
    TRADING,
    ACCOUNTS,
    KEY_HEALTH,
    STRATEGIES,
    REBALANCING,
    SIGNALS,
    FAN_OUT,
    ORDERS,
    POSITIONS,
    RISK,
    KILL_SWITCH,
    PERFORMANCE,
    STRATEGY_RANKING,
    FILL_SPREAD,
    REPORTS,
    INCIDENTS,
    TICKETS,
    RECONCILIATION,
    FEES,
    LEDGER,
    MONTHS,
    INVOICES,
    REVENUE,
    PARTNERS,
    INSTRUMENTS,
    LIMITS,
    SYSTEM,
    ACTIVITY,
    COMPLIANCE,
    TEAM,
    SIGN_INS,
    SESSIONS,
    PROGRAM_KEYS,
    APPROVALS,
    NOTIFICATIONS,
    NOTIFICATION_SETTINGS,
    DELIVERY,
    WEBHOOKS,
)
PLAIN = (
    SECOND_FACTOR,
    MY_SESSIONS,
    MY_API_KEYS,
    MY_EMAIL,
    MY_PASSWORD,
    MY_TELEGRAM,
    INVITE_STAFF,
    STAFF_PASSWORD_LINK,
    NEW_WEBHOOK,
    WEBHOOK_SECRET,
)
PORTAL = (
    PORTFOLIO,
    MY_POSITIONS,
    MY_PERFORMANCE,
    MY_ALLOCATION,
    MY_TRADING,
    MY_STATEMENTS,
    MY_REPORTS,
    MY_KEYS,
    MY_QUESTIONS,
)


def with_query(path: str, **parameters: str) -> str:
    """Return the path with the parameters that are not empty.

    A trailing underscore is dropped from a name, so that `from_` can be written.
    """
    kept = {name.rstrip("_"): value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def open_row(path: str, row_id: str) -> str:
    """Return the address of a table with one row's drawer open."""
    return with_query(path, id=row_id)


def fan_out(signal_id: str) -> str:
    """Return the address of a signal's grid of accounts."""
    return with_query(FAN_OUT, signal=signal_id)


def sign_in_then(path: str, *, has_ended: bool = False) -> str:
    """Return the sign-in page that leads back to a path.

    Args:
        has_ended: there was a session, so the page says why one must sign in again.
    """
    why = "problem=ended&" if has_ended else ""
    return f"{SIGN_IN}?{why}next={quote(path, safe='')}"


def bare(path: str) -> str:
    """Return a page's path without query, fragment and the slash that the file server adds."""
    return path.split("?", 1)[0].split("#", 1)[0].rstrip("/") or "/"


def is_ours(path: str) -> bool:
    """Tell whether a redirect target is one of our own pages: a path, never another host."""
    is_path = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return is_path and bare(path) in (*CONSOLE, *PORTAL, *OF_ONESELF, *PLAIN)
