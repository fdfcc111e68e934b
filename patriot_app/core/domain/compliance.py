"""The compliance report: what a period held, in counts and in the acts that an auditor looks at."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from patriot_app.core.errors import Invalid

NOTABLE = frozenset(
    {
        "AccountLeftMandate",
        "AccountParked",
        "AccountStatusChanged",
        "AccountValued",
        "ColdModeEntered",
        "ColdModeLeft",
        "CredentialRejected",
        "CredentialRevoked",
        "DiscrepancyDecided",
        "HaltLifted",
        "HaltLoweringProposed",
        "HaltRaised",
        "HighWaterMarkReset",
        "IncidentClosed",
        "IncidentOpened",
        "InvariantBroken",
        "LimitSet",
        "MandateEnded",
        "MandateRateChanged",
        "MandateSigned",
        "MandateTermsChanged",
        "OrderDecided",
        "OrderFilledLate",
        "OrderQuarantined",
        "PositionUnprotected",
        "SecondFactorChanged",
        "SecondFactorReset",
        "AuditAccessGiven",
        "TradingKeyRetired",
        "TradingKeyRotated",
        "UserStatusChanged",
    }
)
"""Kinds of events that a report lists one by one; the others are counted."""

DAYS_MAX = 366


def check_period(starts_on: date, ends_on: date, *, today: date) -> None:
    """Refuse a period that no report can cover; it is half-open, days are UTC.

    Raises:
        Invalid: fields "starts_on", "ends_on".
    """
    if ends_on <= starts_on:
        raise Invalid({"ends_on": "The last day must not lie before the first"})
    if ends_on > today:
        raise Invalid({"ends_on": "The last day must be over: yesterday at the latest, UTC"})
    if (ends_on - starts_on).days > DAYS_MAX:
        raise Invalid({"starts_on": f"A report covers at most {DAYS_MAX} days"})


def month_before(today: date) -> tuple[date, date]:
    """Return the month before a day's month, half-open."""
    ends_on = today.replace(day=1)
    return (ends_on - timedelta(days=1)).replace(day=1), ends_on


def digest_of(content: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a report's content; it stands in the record too.

    Args:
        content: JSON values.
    """
    told = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).digest()
