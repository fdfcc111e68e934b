"""Make a compliance report from the record."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from patriot_app.core.domain.commands import MakeComplianceReport
from patriot_app.core.domain.compliance import (
    NOTABLE,
    check_period,
    digest_of,
    month_before,
)
from patriot_app.core.domain.events import CommandIssued, ComplianceReportMade, schemas
from patriot_app.core.ids import new_id
from patriot_app.core.schema.compliance import ComplianceReport
from patriot_app.core.unit_of_work import UnitOfWork

LISTED_MAX = 5_000

_COUNTS = text(
    """
    SELECT kind, sum(events)::bigint AS events FROM activity_days
     WHERE day >= :starts_on AND day < :ends_on GROUP BY kind ORDER BY kind
    """
)
_LISTED = text(
    """
    SELECT type, recorded_at, actor, surface, stream, sequence, subject_id, payload
      FROM events
     WHERE recorded_at >= :since AND recorded_at < :until
       AND (type = ANY(:kinds) OR payload ->> 'is_solo' = 'true')
     ORDER BY recorded_at, stream, sequence LIMIT :listed_max
    """
)
_SEALS = text("SELECT count(*) FROM checkpoints WHERE sealed_at >= :since AND sealed_at < :until")
_IS_MADE = text(
    """
    SELECT EXISTS (SELECT 1 FROM compliance_reports
                    WHERE starts_on = :starts_on AND ends_on = :ends_on)
    """
)


async def ask(uow: UnitOfWork, starts_on: date, ends_on: date, *, idempotency_key: str) -> UUID:
    """Ask the daemon for the report of a period; return the command.

    Args:
        ends_on: the day after the last one.

    Raises:
        Invalid: fields "starts_on", "ends_on".
    """
    check_period(starts_on, ends_on, today=uow.now.astimezone(UTC).date())
    uow.record(CommandIssued(command="MakeComplianceReport", reason=f"{starts_on} to {ends_on}"))
    command = MakeComplianceReport(
        starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat(), asked_by=uow.actor.name
    )
    return await uow.issue(command, idempotency_key=idempotency_key)


async def make(uow: UnitOfWork, starts_on: date, ends_on: date, *, made_by: str) -> UUID:
    """Make and keep the report of a period; its digest stands in the record.

    The days' read model must have been caught up before (`projections.catch_up`).

    Raises:
        Invalid: fields "starts_on", "ends_on".
    """
    check_period(starts_on, ends_on, today=uow.now.astimezone(UTC).date())
    content = await _content(uow, starts_on, ends_on)
    report_id, digest = new_id(), digest_of(content)
    await uow.session.execute(
        insert(ComplianceReport).values(
            id=report_id,
            starts_on=starts_on,
            ends_on=ends_on,
            made_at=uow.now,
            made_by=made_by,
            events=sum(count["events"] for count in content["counts"]),
            content=content,
            digest=digest,
        )
    )
    uow.record(
        ComplianceReportMade(
            subject=report_id,
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat(),
            digest=digest.hex(),
        )
    )
    uow.touch("compliance")
    return report_id


async def make_due(uow: UnitOfWork) -> UUID | None:
    """Make the report of the month before, once; None: it stands already."""
    starts_on, ends_on = month_before(uow.now.astimezone(UTC).date())
    bound = {"starts_on": starts_on, "ends_on": ends_on}
    if (await uow.session.execute(_IS_MADE, bound)).scalar_one():
        return None
    return await make(uow, starts_on, ends_on, made_by="timetable")


async def _content(uow: UnitOfWork, starts_on: date, ends_on: date) -> dict[str, Any]:
    since, until = (datetime.combine(day, time(), UTC) for day in (starts_on, ends_on))
    counts = await uow.session.execute(_COUNTS, {"starts_on": starts_on, "ends_on": ends_on})
    listed = await uow.session.execute(
        _LISTED,
        {"since": since, "until": until, "kinds": sorted(NOTABLE), "listed_max": LISTED_MAX + 1},
    )
    seals = await uow.session.execute(_SEALS, {"since": since, "until": until})
    acts = [
        {
            "kind": row.type,
            "at": row.recorded_at.astimezone(UTC).isoformat(timespec="seconds"),
            "actor": row.actor,
            "surface": row.surface,
            "event": f"{row.stream} {row.sequence}",
            "object": str(row.subject_id or ""),
            "facts": row.payload,
        }
        for row in listed
    ]
    return {
        "counts": [
            {"area": schemas.area_of(row.kind), "kind": row.kind, "events": row.events}
            for row in counts
        ],
        "acts": acts[:LISTED_MAX],
        "is_cut": len(acts) > LISTED_MAX,
        "seals": seals.scalar_one(),
    }
