"""What a person wants to hear, where, and when: classes, channels, quiet hours, digests.

Rules that no choice can change: what is critical always stands in the web and never waits, and what
concerns one's own sign-in is always told in the web and by e-mail.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from patriot_app.core.domain.events import Severity
from patriot_app.core.errors import Invalid

DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NoticeKind(StrEnum):
    """What a notice is about; a person chooses by it."""

    TRADES = "trades"
    RISK = "risk"
    KEYS = "keys"
    FEES = "fees"
    SECURITY = "security"
    PEOPLE = "people"
    DESK = "desk"
    SUPPORT = "support"
    TIPS = "tips"


KINDS: dict[NoticeKind, str] = {
    NoticeKind.TRADES: "Trades and what kept an account out of one",
    NoticeKind.RISK: "Limits, halts, lockdowns, missing stops",
    NoticeKind.KEYS: "API keys",
    NoticeKind.FEES: "Invoices and payments",
    NoticeKind.SECURITY: "Your sign-in",
    NoticeKind.PEOPLE: "Standing, profile, registration",
    NoticeKind.DESK: "The machinery, ledgers, maintenance",
    NoticeKind.SUPPORT: "Questions and tickets",
    NoticeKind.TIPS: "Tips and offers",
}
"""How each class is called where one chooses."""


class Channel(StrEnum):
    """Where a notice is shown or sent; the web is called console in the records."""

    WEB = "console"
    TELEGRAM = "telegram"
    EMAIL = "email"


class Outlet(StrEnum):
    """Every way in which messages are recorded to leave, those to programs included."""

    WEB = "console"
    TELEGRAM = "telegram"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Choice(StrEnum):
    """On; silent: without a sound, unread count or urgency; off."""

    ON = "on"
    SILENT = "silent"
    OFF = "off"


class Digest(StrEnum):
    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


class Language(StrEnum):
    ENGLISH = "en"
    UKRAINIAN = "uk"
    RUSSIAN = "ru"


class HeldFor(StrEnum):
    """Why a message waits, as judged when it was first due."""

    UNJUDGED = ""
    NOTHING = "nothing"
    QUIET = "quiet"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Preferences:
    """One person's settings; the defaults are those of who never chose.

    Attributes:
        zone: IANA name, such as "Europe/Kyiv"; quiet hours and digests are in it.
        quiet_from: with `quiet_until`; None: no quiet hours. May pass midnight.
        digest: what is not urgent comes together at `digest_at`, weekly on `digest_weekday`
            (0 is Monday), on the channels that leave the house.
    """

    zone: str = "UTC"
    language: Language = Language.ENGLISH
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest: Digest = Digest.OFF
    digest_at: time = time(8)
    digest_weekday: int = 0
    hides_amounts: bool = False


def check(preferences: Preferences) -> Preferences:
    """Return the settings if they make sense.

    Raises:
        Invalid: names the field and the rule.
    """
    problems = {}
    if preferences.zone not in available_timezones():
        problems["zone"] = "Not a time zone. Write it like Europe/Kyiv or UTC"
    if (preferences.quiet_from is None) is not (preferences.quiet_until is None):
        missing = "quiet_from" if preferences.quiet_from is None else "quiet_until"
        problems[missing] = "Quiet hours need both a beginning and an end"
    elif preferences.quiet_from is not None and preferences.quiet_from == preferences.quiet_until:
        problems["quiet_until"] = "Must differ from the beginning"
    if not 0 <= preferences.digest_weekday <= 6:
        problems["digest_weekday"] = "A day of the week, 0 (Monday) to 6 (Sunday)"
    if problems:
        raise Invalid(problems)
    return preferences


def time_of_day(text: str) -> time | None:
    """Return "22:30" as a time; None for nothing.

    Raises:
        ValueError: no time of day.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        raise ValueError("A time of day such as 22:30")
    return time(int(found[1]), int(found[2]))


def may_wait(kind: NoticeKind, severity: Severity) -> bool:
    """Tell whether quiet hours and digests hold a notice back."""
    return severity is not Severity.CRITICAL and kind is not NoticeKind.SECURITY


def when_due(
    preferences: Preferences, *, kind: NoticeKind, severity: Severity, now: datetime
) -> tuple[datetime, HeldFor]:
    """Return from when on a message may leave the house, and what it waits for.

    A digest takes what is information or a notice; quiet hours take everything that may wait.
    """
    if not may_wait(kind, severity):
        return now, HeldFor.NOTHING
    if preferences.digest is not Digest.OFF and severity in {Severity.INFO, Severity.NOTICE}:
        return next_digest(preferences, now=now), HeldFor.DIGEST
    ends_at = quiet_until(preferences, now=now)
    return (now, HeldFor.NOTHING) if ends_at is None else (ends_at, HeldFor.QUIET)


def quiet_until(preferences: Preferences, *, now: datetime) -> datetime | None:
    """Return when the present quiet hours end; None outside of them."""
    begins, ends = preferences.quiet_from, preferences.quiet_until
    if begins is None or ends is None:
        return None
    local = now.astimezone(ZoneInfo(preferences.zone))
    at = local.time()
    is_quiet = begins <= at < ends if begins < ends else (at >= begins or at < ends)
    if not is_quiet:
        return None
    day = local.date() if at < ends else local.date() + DAY
    return datetime.combine(day, ends, tzinfo=local.tzinfo).astimezone(UTC)


def next_digest(preferences: Preferences, *, now: datetime) -> datetime:
    """Return the next time of the digest, later than now."""
    zone = ZoneInfo(preferences.zone)
    day = now.astimezone(zone).date()
    for ahead in range(9):
        at = datetime.combine(day + ahead * DAY, preferences.digest_at, tzinfo=zone)
        is_day = preferences.digest is Digest.DAILY or at.weekday() == preferences.digest_weekday
        if is_day and at.astimezone(UTC) > now:
            return at.astimezone(UTC)
    raise AssertionError("within eight days every weekday comes")


_AMOUNT = re.compile(r"[-+]?\d[\d, ]*(?:\.\d+)?(?= (?:[A-Z]{3,6}|%)(?![A-Za-z]))")


def hide_amounts(text: str) -> str:
    """Return a text in which every number before a currency or a per cent sign is a mark."""
    return _AMOUNT.sub("•••", text)
