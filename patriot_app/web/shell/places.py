"""The entries of the navigation."""

from dataclasses import dataclass

from patriot_app.web import routes


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `key` after "g" leads there."""

    route: str
    title: str
    icon: str
    key: str = ""
    group: str = ""


CONSOLE_PLACES = (
    Place(routes.OVERVIEW, "Overview", "layout-dashboard", "o"),
    Place(routes.CLIENTS, "Clients", "users", "c", "Desk"),
    Place(routes.TICKETS, "Tickets", "message-circle", "", "Desk"),
    Place(routes.INVITATIONS, "Invitations", "mail-plus", "v", "Desk"),
    Place(routes.ACCOUNTS, "Accounts", "key-round", "a", "Desk"),
    Place(routes.KEY_HEALTH, "Key health", "heart-pulse", "b", "Desk"),
    Place(routes.FEES, "Fees", "percent", "f", "Desk"),
    Place(routes.LEDGER, "Ledger", "book-open-check", "", "Desk"),
    Place(routes.MONTHS, "Months", "calendar-check", "t", "Desk"),
    Place(routes.INVOICES, "Invoices", "receipt-text", "z", "Desk"),
    Place(routes.REVENUE, "Revenue", "chart-column", "j", "Desk"),
    Place(routes.STRATEGIES, "Strategies", "workflow", "s", "Trading"),
    Place(routes.REBALANCING, "Rebalancing", "chart-pie", "", "Trading"),
    Place(routes.SIGNALS, "Signals", "radio-tower", "n", "Trading"),
    Place(routes.ORDERS, "Orders", "list-ordered", "d", "Trading"),
    Place(routes.POSITIONS, "Positions", "scale", "p", "Trading"),
    Place(routes.PERFORMANCE, "Performance", "chart-line", "j", "Trading"),
    Place(routes.REPORTS, "Reports", "file-chart-column", "", "Trading"),
    Place(routes.RISK, "Risk", "shield", "r", "Trading"),
    Place(routes.KILL_SWITCH, "Kill switch", "octagon-x", "k", "Trading"),
    Place(routes.INCIDENTS, "Incidents", "siren", "e", "Trading"),
    Place(routes.APPROVALS, "Approvals", "user-check", "q", "Trading"),
    Place(routes.RECONCILIATION, "Reconciliation", "git-compare", "x", "Trading"),
    Place(routes.INSTRUMENTS, "Instruments", "candlestick-chart", "i", "Platform"),
    Place(routes.LIMITS, "Limits", "gauge", "l", "Platform"),
    Place(routes.SYSTEM, "System", "server", "y", "Platform"),
    Place(routes.NOTIFICATIONS, "Notifications", "bell", "", "Platform"),
    Place(routes.ACTIVITY, "Activity", "history", "h", "Platform"),
    Place(routes.COMPLIANCE, "Compliance", "file-check", "m", "Platform"),
    Place(routes.TEAM, "Team", "users-round", "w", "Platform"),
    Place(routes.SIGN_INS, "Sign-ins", "log-in", "u", "Platform"),
)
CONSOLE_BOTTOM = (routes.OVERVIEW, routes.ORDERS, routes.POSITIONS, routes.KILL_SWITCH)
PORTAL_BOTTOM = (routes.PORTFOLIO, routes.MY_POSITIONS, routes.MY_PERFORMANCE, routes.MY_KEYS)
"""What the bar of a phone has room for beside the way to the rest."""
PORTAL_PLACES = (
    Place(routes.PORTFOLIO, "Portfolio", "wallet", "o"),
    Place(routes.MY_POSITIONS, "Positions", "scale", "p"),
    Place(routes.MY_PERFORMANCE, "Performance", "chart-line", "f"),
    Place(routes.MY_ALLOCATION, "Shares", "chart-pie", "a"),
    Place(routes.MY_TRADING, "Trading", "calendar-days", "t"),
    Place(routes.MY_STATEMENTS, "Statements", "receipt-text", "s"),
    Place(routes.MY_REPORTS, "Reports", "file-chart-column", "r"),
    Place(routes.MY_KEYS, "Keys", "key-round", "k"),
    Place(routes.MY_QUESTIONS, "Questions", "message-circle", "q"),
    Place(routes.MY_NOTIFICATIONS, "Notifications", "bell", "n"),
    Place(routes.MY_PROFILE, "Profile", "circle-user", "u"),
)
OWN_PAGES = (
    ("at-sign", "Your e-mail", routes.MY_EMAIL),
    ("lock-keyhole", "Your password", routes.MY_PASSWORD),
    ("shield-check", "Second factor", routes.SECOND_FACTOR),
    ("monitor-smartphone", "Your sessions", routes.MY_SESSIONS),
    ("key-round", "Your API keys", routes.MY_API_KEYS),
    ("send", "Telegram", routes.MY_TELEGRAM),
)
"""What the user menu leads to besides signing out: plain pages, loaded anew."""
