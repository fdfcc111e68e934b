"""Performance reports and their subscriptions as text."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.domain.report_schedule import ReportPeriod, period_name
from patriot_app.core.queries.performance_reports import ReportView, Subscription
from patriot_app.web import format, routes
from patriot_app.web.format import Moment

KINDS = {"client": "Client", "account": "Account", "strategy": "Strategy"}
CADENCES = [("monthly", "Each month"), ("weekly", "Each week")]
FORMATS = [("pdf", "PDF"), ("csv", "CSV")]
_OFTEN = dict(CADENCES)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """Who gets what, and how far he was told."""

    id: str
    recipient: str
    about: str
    kind: str
    often: str
    file: str
    until: str
    since: Moment


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report and where it is fetched."""

    id: str
    period: str
    about: str
    kind: str
    recipient: str
    file: str
    href: str
    made: Moment


def subscription_row(one: Subscription, *, now: datetime) -> SubscriptionRow:
    """Show a subscription."""
    return SubscriptionRow(
        id=str(one.id),
        recipient=one.recipient,
        about=one.about,
        kind=KINDS[one.subject_kind],
        often=_OFTEN[one.cadence],
        file=one.format.upper(),
        until=format.EMPTY if one.reported_until is None else f"{one.reported_until:%Y-%m-%d}",
        since=format.moment(one.created_at, now=now),
    )


def report_row(one: ReportView, *, now: datetime) -> ReportRow:
    """Show a report."""
    return ReportRow(
        id=str(one.id),
        period=period_name(ReportPeriod(one.first_day, one.until_day)),
        about=one.about,
        kind=KINDS[one.subject_kind],
        recipient=one.recipient,
        file=one.format.upper(),
        href=f"{routes.REPORT_FILE}/{one.id}.{one.format}",
        made=format.moment(one.made_at, now=now),
    )
