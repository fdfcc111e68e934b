"""Webhooks: programs of the desk's own that hear what its staff hears, each call signed.

A call says that something happened and to what; it names nobody, holds no free text and no amount.
Whoever needs more asks the programming interface with the subject's id.
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from patriot_app.core.domain.egress_guard import is_public
from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.errors import Invalid

SCHEMA = 1
"""Of the body; it is raised when a field goes or changes its meaning, not when one is added."""
SIGNATURE = "Patriot-Signature"
TIMESTAMP = "Patriot-Timestamp"
EVENT_ID = "Patriot-Event"

SECRET_PREFIX = "whsec_"  # noqa: S105 - tells what a secret is for, and is none
URL_LENGTH_MAX = 500
NAME_LENGTH_MAX = 80
WEBHOOKS_MAX = 20
TRIES_MAX = 8
AGE_MAX = timedelta(hours=72)
TAKEN = range(200, 300)
GONE = 410
"""The endpoint says that it will never take anything again."""

KINDS = (
    NoticeKind.TRADES,
    NoticeKind.RISK,
    NoticeKind.KEYS,
    NoticeKind.FEES,
    NoticeKind.PEOPLE,
    NoticeKind.DESK,
    NoticeKind.SUPPORT,
)
"""What can be chosen: sign-ins and tips are a person's own."""

DETAILS: dict[NoticeKind, frozenset[str]] = {
    NoticeKind.TRADES: frozenset({"symbol", "action", "accounts", "missed", "reasons"}),
    NoticeKind.RISK: frozenset({"symbol", "level", "state", "scope", "scope_id", "kind"}),
    NoticeKind.KEYS: frozenset({"expires_on", "age_days"}),
    NoticeKind.FEES: frozenset({"number", "month", "days", "row_type"}),
    NoticeKind.PEOPLE: frozenset({"profile", "risk_profile", "status"}),
    NoticeKind.DESK: frozenset({"exchange", "mode", "starts_at", "ends_at", "channel", "job"}),
    NoticeKind.SUPPORT: frozenset({"number"}),
}
"""What a call tells of a fact beyond its subject: codes, figures and times, nothing that somebody
wrote and nothing that says who a person is."""


class WebhookStatus(StrEnum):
    """Paused: what happens waits for it; off: it failed and hears nothing until it is resumed."""

    ACTIVE = "active"
    PAUSED = "paused"
    OFF = "off"
    DELETED = "deleted"


TRANSITIONS: dict[WebhookStatus, frozenset[WebhookStatus]] = {
    WebhookStatus.ACTIVE: frozenset(
        {WebhookStatus.PAUSED, WebhookStatus.OFF, WebhookStatus.DELETED}
    ),
    WebhookStatus.PAUSED: frozenset({WebhookStatus.ACTIVE, WebhookStatus.DELETED}),
    WebhookStatus.OFF: frozenset({WebhookStatus.ACTIVE, WebhookStatus.DELETED}),
    WebhookStatus.DELETED: frozenset(),
}


def check(*, name: str, url: str, kinds: Collection[str], may_loop_back: bool) -> None:
    """Refuse an endpoint that cannot be one.

    Where its name leads to is asked at each call; here an address in its place is looked at.

    Args:
        may_loop_back: http to this machine is fine too.

    Raises:
        Invalid: a message per field.
    """
    problems = {}
    if not 0 < len(name.strip()) <= NAME_LENGTH_MAX:
        problems["name"] = f"Please give a name of at most {NAME_LENGTH_MAX} characters"
    if problem := _problem_of(url.strip(), may_loop_back=may_loop_back):
        problems["url"] = problem
    if not kinds or not set(kinds) <= {kind.value for kind in KINDS}:
        problems["kinds"] = "Choose what it is told: at least one class"
    if problems:
        raise Invalid(problems)


def _problem_of(url: str, *, may_loop_back: bool) -> str:
    """Return what is wrong with an address; empty if nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address; write it like https://hooks.firm.example/patriot"
    is_odd = not url.isascii() or not url.isprintable() or " " in url or "\\" in url
    if is_odd or not parts.hostname or len(url) > URL_LENGTH_MAX or port == 0:
        return "This is no address; write it like https://hooks.firm.example/patriot"
    if parts.scheme != "https" and not (may_loop_back and parts.scheme == "http"):
        return "The address must begin with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "The address must hold no user, no password and no part behind #"
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return ""
    if is_public(literal) or (may_loop_back and literal.is_loopback):
        return ""
    return "This address is not a public one"


def body_of(
    *,
    event_id: UUID,
    event_type: str,
    kind: NoticeKind,
    severity: Severity,
    at: datetime,
    about: str,
    payload: Mapping[str, Any],
) -> str:
    """Return the body of a call, the same bytes at every attempt.

    Args:
        about: the subject, such as "account:<id>"; empty: the desk as a whole.
        payload: of the fact; only what `DETAILS` names leaves the house.
    """
    told = DETAILS.get(kind, frozenset())
    return json.dumps(
        {
            "schema": SCHEMA,
            "id": str(event_id),
            "type": event_type,
            "class": kind.value,
            "severity": severity.value,
            "at": at.isoformat(),
            "subject": about or "desk",
            "details": {name: value for name, value in payload.items() if name in told},
        },
        separators=(",", ":"),
    )


def sign(secret: str, *, timestamp: str, body: str) -> str:
    """Return what the header of the signature holds: HMAC-SHA256 over `timestamp.body`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256)
    return f"v1={digest.hexdigest()}"
