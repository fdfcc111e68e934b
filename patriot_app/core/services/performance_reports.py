"""Subscribe people to performance reports, end that, and tell them of each report once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import ReportMade, ReportSubscribed, ReportUnsubscribed
from patriot_app.core.domain.report_schedule import (
    Cadence,
    ReportFormat,
    ReportPeriod,
    ReportSubject,
    last_finished,
    period_name,
)
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

PATH = "/documents/reports"
_NAMED = {
    ReportSubject.CLIENT: text("SELECT name, id AS client_id FROM users WHERE id = :id"),
    ReportSubject.ACCOUNT: text("SELECT label AS name, client_id FROM accounts WHERE id = :id"),
    ReportSubject.STRATEGY: text(
        "SELECT name, CAST(NULL AS uuid) AS client_id FROM strategies WHERE id = :id"
    ),
}
_BY_EMAIL = text("SELECT id FROM users WHERE lower(email) = lower(:email)")
_BY_NAME = {
    ReportSubject.CLIENT: text(
        "SELECT id FROM users WHERE lower(name) = lower(:name) AND 'customer' = ANY(roles) LIMIT 2"
    ),
    ReportSubject.ACCOUNT: text(
        "SELECT id FROM accounts WHERE lower(label) = lower(:name) LIMIT 2"
    ),
    ReportSubject.STRATEGY: text("SELECT id FROM strategies WHERE lower(name) = lower(:name)"),
}
_RECIPIENT = text("SELECT roles FROM users WHERE id = :id AND status = 'active'")
_SUBSCRIBE = text(
    "INSERT INTO report_subscriptions (id, recipient_id, subject_kind, subject_id, cadence, format,"
    " created_at, created_by) VALUES (:id, :recipient_id, :kind, :subject_id, :cadence, :format,"
    " :now, :by) ON CONFLICT DO NOTHING RETURNING id"
)
_END = text(
    "UPDATE report_subscriptions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
    " RETURNING recipient_id, subject_kind, subject_id"
)
_OPEN = text(
    """
    SELECT s.id, s.recipient_id, s.subject_kind, s.subject_id, s.format
      FROM report_subscriptions AS s JOIN users AS u ON u.id = s.recipient_id
     WHERE s.ended_at IS NULL AND s.cadence = :cadence AND u.status = 'active'
       AND NOT EXISTS (SELECT 1 FROM reports AS r
                        WHERE r.subscription_id = s.id AND r.first_day = :first)
     ORDER BY s.id LIMIT :limit
    """
)
_MAKE = text(
    "INSERT INTO reports (id, subscription_id, first_day, until_day, made_at)"
    " VALUES (:id, :subscription_id, :first, :until, :now) ON CONFLICT DO NOTHING RETURNING id"
)
AT_ONCE = 200


async def subscribe(
    uow: UnitOfWork,
    *,
    recipient_id: UUID,
    kind: ReportSubject,
    subject_id: UUID,
    cadence: Cadence,
    format: ReportFormat,
) -> UUID:
    """Let a person get a report from the last finished period on; by e-mail as a link.

    A client subscribes himself to what is his own; the desk anybody, a client to his own only.

    Raises:
        NotFound: no such subject or person, or not his to read; Refused: he gets it already.
    """
    if not uow.actor.is_staff and uow.actor.user_id != recipient_id:
        raise NotFound("There is no such person")
    about = await _named(uow, kind, subject_id)
    roles = (await uow.session.execute(_RECIPIENT, {"id": recipient_id})).scalar_one_or_none()
    if about is None or roles is None:
        raise NotFound("There is no such person, client, account or strategy")
    if set(roles) == {"customer"} and about.client_id != recipient_id:
        raise NotFound("A client gets reports of what is his own")
    subscription_id = (
        await uow.session.execute(
            _SUBSCRIBE,
            {
                "id": new_id(),
                "recipient_id": recipient_id,
                "kind": kind.value,
                "subject_id": subject_id,
                "cadence": cadence.value,
                "format": format.value,
                "now": uow.now,
                "by": uow.actor.user_id,
            },
        )
    ).scalar_one_or_none()
    if subscription_id is None:
        raise Refused("This report is sent already")
    assert isinstance(subscription_id, UUID)
    uow.record(
        ReportSubscribed(
            subject=subscription_id,
            client_id=recipient_id,
            about=about.name,
            cadence=cadence.value,
            format=format.value,
        )
    )
    uow.touch("reports")
    return subscription_id


async def subscribe_named(
    uow: UnitOfWork,
    *,
    email: str,
    kind: ReportSubject,
    name: str,
    cadence: Cadence,
    format: ReportFormat,
) -> UUID:
    """Subscribe a person by the address he signs in with to a subject by its name.

    Raises:
        Invalid: fields "email" and "name": nobody, nothing or several of that name.
    """
    person = await uow.session.execute(_BY_EMAIL, {"email": email.strip()})
    recipient_id = person.scalar_one_or_none()
    if recipient_id is None:
        raise Invalid({"email": "Nobody signs in with this address"})
    found = (await uow.session.execute(_BY_NAME[kind], {"name": name.strip()})).scalars().all()
    if not found:
        raise Invalid({"name": f"No {kind.value} has this name"})
    if len(found) > 1:
        raise Invalid({"name": f"Several have this name; give one {kind.value} another name first"})
    return await subscribe(
        uow,
        recipient_id=recipient_id,
        kind=kind,
        subject_id=found[0],
        cadence=cadence,
        format=format,
    )


async def unsubscribe(uow: UnitOfWork, subscription_id: UUID) -> None:
    """Send no more of a report; those that were made stay.

    Raises:
        NotFound: there is none, it has ended, or it is another's.
    """
    ended = (await uow.session.execute(_END, {"id": subscription_id, "now": uow.now})).one_or_none()
    if ended is None:
        raise NotFound("This subscription has ended")
    about = await _named(uow, ReportSubject(ended.subject_kind), ended.subject_id)
    uow.record(
        ReportUnsubscribed(
            subject=subscription_id,
            client_id=ended.recipient_id,
            about="" if about is None else about.name,
        )
    )
    uow.touch("reports")


async def make_due(uow: UnitOfWork, *, market_now: datetime) -> int:
    """Tell recipients of the periods that are over; return how many reports were made.

    A period of a subscription is told once, however often this runs.
    """
    today = market_now.astimezone(UTC).date()
    made = 0
    for cadence in Cadence:
        period = last_finished(today, cadence=cadence)
        made += await _make(uow, cadence, period)
    if made:
        uow.touch("reports")
    return made


async def _make(uow: UnitOfWork, cadence: Cadence, period: ReportPeriod) -> int:
    bound: dict[str, date | str | int] = {"first": period.first}
    due = await uow.session.execute(_OPEN, bound | {"cadence": cadence.value, "limit": AT_ONCE})
    made = 0
    for row in due.all():
        about = await _named(uow, ReportSubject(row.subject_kind), row.subject_id)
        report_id = (
            await uow.session.execute(
                _MAKE,
                {
                    "id": new_id(),
                    "subscription_id": row.id,
                    "first": period.first,
                    "until": period.until,
                    "now": uow.now,
                },
            )
        ).scalar_one_or_none()
        if report_id is None or about is None:
            continue
        address = get_settings().public_url.rstrip("/")
        uow.record(
            ReportMade(
                subject=report_id,
                client_id=row.recipient_id,
                about=about.name,
                period=period_name(period),
                link=f"{address}{PATH}/{report_id}.{row.format}",
            )
        )
        made += 1
    return made


async def _named(uow: UnitOfWork, kind: ReportSubject, subject_id: UUID) -> Any:
    """Return the subject's name and whose it is, None where the actor sees none."""
    return (await uow.session.execute(_NAMED[kind], {"id": subject_id})).one_or_none()
