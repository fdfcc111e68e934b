"""What each process gets to know: an environment built from nothing, not inherited.

The web process has the public trading key and its own two secrets; the daemon has the private
trading key and the key of its client order ids; the paper exchange has nothing of ours.
"""

import os
from dataclasses import dataclass

from ops.frontend import WEB_TOOLS, path_with_tools
from ops.home import Home
from ops.keys import KeyFiles
from ops.processes import MARKER
from ops.roles import Server

_INHERITED = (
    "HOME",
    "USER",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PATRIOT_REDIS_URL",
    "PATRIOT_LOG_LEVEL",
    "PATRIOT_REQUIRE_BOUND_IP",
    "PATRIOT_REBALANCE_EVERY",
    "PATRIOT_REBALANCE_HOUR",
    "PATRIOT_WEBHOOK_LOOPBACK",
)

_SIGN_IN = (
    "PATRIOT_STAFF_SECOND_FACTOR",
    "PATRIOT_STAFF_ADDRESSES",
    "PATRIOT_TRUSTED_PROXY_HOPS",
    "PATRIOT_STAFF_IDLE_S",
    "PATRIOT_STAFF_SESSION_S",
    "PATRIOT_CLIENT_IDLE_S",
    "PATRIOT_CLIENT_SESSION_S",
    "PATRIOT_ACCESS_TOKEN_S",
    "PATRIOT_INVOICE_TERM_DAYS",
)
"""For the web process alone: nobody else lets people in."""

_KEYS = (
    "PATRIOT_KEY_RENEWAL_DAYS",
    "PATRIOT_KEY_DENIALS_MAX",
    "PATRIOT_FOREIGN_FILLS_MAX",
    "PATRIOT_MONEY_OUT_FRACTION",
)
"""What the daemon demands of API keys and takes for unusual use."""

_TRADING = (
    "PATRIOT_BREACHES",
    "PATRIOT_ENTRIES_AT_SHUTDOWN",
    "PATRIOT_ENTRY_FENCE_S",
    "PATRIOT_EXIT_FENCE_S",
    "PATRIOT_BALANCE_AGE_S_MAX",
    "PATRIOT_TWAP_IMPACT_BPS",
    "PATRIOT_TWAP_SPAN_S",
    "PATRIOT_TWAP_SLICES_MAX",
    "PATRIOT_TWAP_LATE_S",
    "PATRIOT_BOOK_WAIT_S",
    "PATRIOT_BOOK_AGE_S_MAX",
)
"""How the daemon sends orders."""

_MAIL = ("PATRIOT_SMTP_URL", "PATRIOT_SMTP_FROM", "PATRIOT_SMTP_PASSWORD_FILE")
"""For the daemon alone: nobody else sends mail."""

_TELEGRAM = ("PATRIOT_TELEGRAM_TOKEN_FILE", "PATRIOT_TELEGRAM_URL")
"""For the bot alone: the token makes whoever has it the bot."""

_PEOPLE = (
    "PATRIOT_TERMS_FILE",
    "PATRIOT_ACCOUNTS_PER_CLIENT_MAX",
    "PATRIOT_MINIMUM_BALANCES",
    "PATRIOT_EGRESS_ADDRESSES",
)
"""What the desk asks of its customers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk as its processes see it.

    Attributes:
        paper_url: base URL of the paper exchange, None where there is none.
    """

    home: Home
    keys: KeyFiles
    server: Server
    public_url: str
    paper_url: str | None
    health_port: int
    demo: bool
    four_eyes: str


def base_environment(home: Home) -> dict[str, str]:
    """Return what every process gets."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return kept | {
        "PATH": path_with_tools(),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PATRIOT_HOME": str(home.path),
        MARKER: str(home.path),
    }


def web_environment(desk: Desk) -> dict[str, str]:
    """Return the environment of the console and portal."""
    return (
        _desk_environment(desk, "patriot_web")
        | WEB_TOOLS
        | {
            "PATRIOT_TRADING_PUBLIC_KEY_FILE": str(desk.keys.trading_public),
            "PATRIOT_WEBHOOK_PUBLIC_KEY_FILE": str(desk.keys.webhook_public),
            "PATRIOT_WEB_KEY_FILE": str(desk.keys.web),
            "PATRIOT_SESSION_PEPPER_FILE": str(desk.keys.session_pepper),
            "PATRIOT_TOKEN_KEY_FILE": str(desk.keys.token),
        }
        | {name: os.environ[name] for name in _PEOPLE if name in os.environ}
        | {name: os.environ[name] for name in _SIGN_IN if name in os.environ}
    )


def daemon_environment(desk: Desk) -> dict[str, str]:
    """Return the environment of the daemon, the one process that can open exchange keys."""
    paper = {"PATRIOT_PAPER_URL": desk.paper_url} if desk.paper_url else {}
    return (
        _desk_environment(desk, "patriot_daemon")
        | paper
        | {
            "PATRIOT_TRADING_KEY_FILE": str(desk.keys.trading_private),
            "PATRIOT_TRADING_PUBLIC_KEY_FILE": str(desk.keys.trading_public),
            "PATRIOT_FORMER_TRADING_KEYS": str(desk.keys.former_trading),
            "PATRIOT_INSTANCE_KEY_FILE": str(desk.keys.instance),
            "PATRIOT_CHECKPOINT_KEY_FILE": str(desk.keys.checkpoint_private),
            "PATRIOT_ANCHOR_FILE": os.environ.get(
                "PATRIOT_ANCHOR_FILE", str(desk.home.anchors / "checkpoints.jsonl")
            ),
            "PATRIOT_WEBHOOK_KEY_FILE": str(desk.keys.webhook_private),
            "PATRIOT_HEALTH_PORT": str(desk.health_port),
            "PATRIOT_DATABASE_MARK_FILE": str(desk.home.path / "database.json"),
            "PATRIOT_KILL_FILE": os.environ.get("PATRIOT_KILL_FILE", str(desk.home.path / "KILL")),
        }
        | {name: os.environ[name] for name in (*_MAIL, *_KEYS, *_TRADING) if name in os.environ}
    )


def bot_environment(desk: Desk, *, health_port: int) -> dict[str, str]:
    """Return the environment of the bot: its token, and no key of anybody's."""
    return (
        _desk_environment(desk, "patriot_bot")
        | {"PATRIOT_HEALTH_PORT": str(health_port)}
        | {name: os.environ[name] for name in (*_TELEGRAM, *_PEOPLE) if name in os.environ}
    )


def has_bot() -> bool:
    """Tell whether the desk has a bot."""
    return bool(os.environ.get("PATRIOT_TELEGRAM_TOKEN_FILE"))


def auditor_environment(desk: Desk) -> dict[str, str]:
    """Return the environment of who checks the record: he may read it and change nothing."""
    return _desk_environment(desk, "patriot_auditor")


def _desk_environment(desk: Desk, role: str) -> dict[str, str]:
    return base_environment(desk.home) | {
        "PATRIOT_DATABASE_URL": desk.server.url(role),
        "PATRIOT_PUBLIC_URL": desk.public_url,
        "PATRIOT_DEMO": "1" if desk.demo else "0",
        "PATRIOT_FOUR_EYES": desk.four_eyes,
    }
