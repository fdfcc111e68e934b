"""How far a month is over all mandates, step by step."""

from sqlalchemy import text

from patriot_app.core.domain.month_steps import MonthCounts, StepProgress, steps
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

# Months are the mandates' own: those of the zone in which each mandate counts.
_COUNTS = text(
    """
    SELECT count(*) AS due, count(*) FILTER (WHERE p.status = 'draft') AS drafts,
           count(*) FILTER (WHERE p.status = 'finalised') AS finalised,
           count(*) FILTER (WHERE p.status = 'empty') AS empty, count(i.id) AS invoices,
           count(i.id) FILTER (WHERE i.sent_at IS NULL) AS unsent,
           array_agg(p.status_reason) FILTER (WHERE p.status = 'suspect_incomplete') AS reasons
      FROM mandates AS m
     CROSS JOIN LATERAL (
           SELECT to_date(:month, 'YYYY-MM')::timestamp AT TIME ZONE m.time_zone AS first,
                  (to_date(:month, 'YYYY-MM') + interval '1 month') AT TIME ZONE m.time_zone AS last
           ) AS span
      LEFT JOIN fee_periods AS p ON p.mandate_id = m.id
       AND p.starts_at >= span.first AND p.starts_at < span.last
      LEFT JOIN invoices AS i ON i.fee_period_id = p.id AND i.status <> 'void'
     WHERE m.starts_at < span.last AND (m.ends_at IS NULL OR m.ends_at > span.first)
    """
)


async def of_month(actor: Actor, month: str) -> tuple[StepProgress, ...]:
    """Return the steps of a month, such as 2026-05."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_COUNTS, {"month": month})).one()
    return steps(
        MonthCounts(
            due=row.due,
            reasons=[reason.split("; ") for reason in row.reasons or ()],
            drafts=row.drafts,
            finalised=row.finalised,
            empty=row.empty,
            invoices=row.invoices,
            unsent=row.unsent,
        )
    )
