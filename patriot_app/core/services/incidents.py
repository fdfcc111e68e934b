"""Open incidents from facts, see when their cause is gone, and keep what people write of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import (
    IncidentAcknowledged,
    IncidentClosed,
    IncidentMitigated,
    IncidentOpened,
    IncidentWritten,
)
from patriot_app.core.domain.incidents import (
    HALT_LEVEL_MIN,
    KIND_OF_EVENT,
    TITLES,
    TOPIC,
    TRANSITIONS,
    IncidentKind,
    IncidentState,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.incidents import Incident
from patriot_app.core.unit_of_work import UnitOfWork

LONG_MAX = 4000
_TYPES = ", ".join(f"'{name}'" for name in sorted(KIND_OF_EVENT))
# A day is longer than any stop of all daemons that is not an incident of its own.
_NEWS = text(
    f"""
    SELECT e.type, e.recorded_at, e.payload, h.id AS halt_id
      FROM events AS e LEFT JOIN halts AS h ON h.id = e.subject_id AND e.type = 'HaltRaised'
     WHERE e.type IN ({_TYPES}) AND e.recorded_at > now() - interval '1 day'
       AND (e.type <> 'HaltRaised' OR (e.payload ->> 'level')::integer >= :halt_level)
       AND NOT EXISTS (
           SELECT 1 FROM incidents AS i
            WHERE i.kind = CASE e.type WHEN 'HaltRaised' THEN 'halt'
                       WHEN 'ColdModeEntered' THEN 'cold_mode'
                       WHEN 'PositionUnprotected' THEN 'unprotected'
                       WHEN 'CredentialQuarantined' THEN 'key_lost'
                       WHEN 'CredentialDidNotOpen' THEN 'key_lost'
                       WHEN 'MaintenanceBeganUnexpectedly' THEN 'maintenance'
                       WHEN 'MaintenanceOverran' THEN 'maintenance' ELSE 'parked' END
              AND i.subject_key = CASE e.type WHEN 'HaltRaised' THEN e.subject_id::text ELSE '' END
              AND i.seen_until >= e.recorded_at)
     ORDER BY e.recorded_at
    """  # noqa: S608
)
_LIVE = text("SELECT id, kind, subject_key, state FROM incidents WHERE state <> 'closed'")
_CAUSE_HOLDS = {
    IncidentKind.HALT: "SELECT EXISTS (SELECT 1 FROM halts WHERE id::text = :key"
    " AND lifted_at IS NULL)",
    IncidentKind.COLD_MODE: "SELECT EXISTS (SELECT 1 FROM cold_modes WHERE left_at IS NULL)",
    IncidentKind.UNPROTECTED: "SELECT EXISTS (SELECT 1 FROM positions WHERE quantity <> 0"
    " AND unprotected_since < clock_timestamp() - make_interval(secs => :patience_s))",
    IncidentKind.PARKED: "SELECT EXISTS (SELECT 1 FROM account_states WHERE parked_reason <> '')",
    IncidentKind.KEY_LOST: "SELECT EXISTS (SELECT 1 FROM credentials AS c"
    " JOIN accounts AS a ON a.id = c.account_id AND a.status <> 'disabled'"
    " LEFT JOIN account_states AS s ON s.account_id = a.id"
    " WHERE c.status = 'quarantined' OR (c.status = 'verified' AND NOT s.is_ready"
    " AND s.not_ready_reason LIKE 'A sealed secret does not open%'))",
    IncidentKind.MAINTENANCE: "SELECT EXISTS (SELECT 1 FROM maintenance_windows"
    " WHERE state = 'running' AND (NOT is_expected OR overran_at IS NOT NULL))",
}


@dataclass(frozen=True, slots=True)
class _News:
    """One fact that opens an incident, or belongs to one."""

    kind: IncidentKind
    key: str
    detail: str
    at: datetime


async def follow_facts(
    uow: UnitOfWork, *, patience_s: float, not_trading: str | None = None
) -> None:
    """Open what the facts since the last look open, and mitigate what is over.

    Several daemons may look at the same time; one after the other finds nothing left to do.

    Args:
        patience_s: how long a position may be without its stop.
        not_trading: why this desk does not trade, "" while it does; None where nobody can say.
    """
    await lock(uow.session, "incidents", "")
    found = await uow.session.execute(_NEWS, {"halt_level": int(HALT_LEVEL_MIN)})
    news = [_news(row) for row in found]
    if not_trading:
        news.append(_News(IncidentKind.NOT_TRADING, "", not_trading, uow.now))
    for one in news:
        await _hear(uow, one)
    await uow.session.flush()
    await _mitigate(uow, patience_s=patience_s, is_trading=not_trading == "")


async def acknowledge(uow: UnitOfWork, incident_id: UUID) -> None:
    """Say that the actor sees to an incident: nobody further is woken.

    Raises:
        NotFound; Refused: somebody does already, or it is closed.
    """
    incident = await get_for_update(uow.session, Incident, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise Refused("This incident is closed")
    if incident.acknowledged_at is not None:
        raise Refused("Somebody sees to this incident already")
    incident.acknowledged_at, incident.acknowledged_by = uow.now, uow.actor.user_id
    uow.record(IncidentAcknowledged(subject=incident_id, kind=incident.kind.value))
    uow.touch(TOPIC)


async def write_record(
    uow: UnitOfWork, incident_id: UUID, *, root_cause: str, follow_ups: str
) -> None:
    """Keep why it happened and what is to be done; a closed incident's record stays as it is.

    Raises:
        NotFound; Refused: it is closed; Invalid: too long.
    """
    _check(root_cause=root_cause, follow_ups=follow_ups)
    incident = await get_for_update(uow.session, Incident, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise Refused("This incident is closed; its record stays as it is")
    incident.root_cause, incident.follow_ups = root_cause.strip(), follow_ups.strip()
    uow.record(
        IncidentWritten(
            subject=incident_id, root_cause=incident.root_cause, follow_ups=incident.follow_ups
        )
    )
    uow.touch(TOPIC)


async def close(uow: UnitOfWork, incident_id: UUID) -> None:
    """Close an incident whose cause is gone and whose root cause is written down.

    Raises:
        NotFound; Refused: it goes on, it is closed already, or nobody wrote why it happened.
    """
    incident = await get_for_update(uow.session, Incident, incident_id)
    if incident.state is IncidentState.OPEN:
        raise Refused("This incident goes on; it can be closed when its cause is gone")
    if incident.state is IncidentState.CLOSED:
        raise Refused("This incident is closed already")
    if not incident.root_cause:
        raise Refused("Write down its root cause first")
    incident.state = advance(TRANSITIONS, incident.state, IncidentState.CLOSED)
    incident.closed_at, incident.closed_by = uow.now, uow.actor.user_id
    uow.record(IncidentClosed(subject=incident_id, root_cause=incident.root_cause))
    uow.touch(TOPIC)


async def _hear(uow: UnitOfWork, news: _News) -> None:
    """Open an incident, or open a mitigated one again; one that is open takes the fact in."""
    incident_id = await _find(uow, news)
    if incident_id is None:
        incident_id = new_id()
        uow.session.add(
            Incident(
                id=incident_id,
                kind=news.kind,
                subject_key=news.key,
                state=IncidentState.OPEN,
                title=TITLES[news.kind],
                detail=news.detail,
                opened_at=news.at,
                seen_until=news.at,
            )
        )
        await uow.session.flush()
        _tell(uow, incident_id, news)
        return
    incident = await get_for_update(uow.session, Incident, incident_id)
    incident.seen_until = max(incident.seen_until, news.at)
    if incident.state is IncidentState.MITIGATED:
        incident.state = advance(TRANSITIONS, incident.state, IncidentState.OPEN)
        incident.round, incident.level_paged = incident.round + 1, 0
        incident.mitigated_at = incident.paged_at = None
        incident.acknowledged_at = incident.acknowledged_by = None
        _tell(uow, incident_id, news, again=True)


async def _find(uow: UnitOfWork, news: _News) -> UUID | None:
    for row in await uow.session.execute(_LIVE):
        if row.kind == news.kind and row.subject_key == news.key:
            found: UUID = row.id
            return found
    return None


async def _mitigate(uow: UnitOfWork, *, patience_s: float, is_trading: bool) -> None:
    live = (await uow.session.execute(_LIVE)).all()
    for row in live:
        if row.state != IncidentState.OPEN:
            continue
        kind = IncidentKind(row.kind)
        if kind is IncidentKind.NOT_TRADING:
            holds = not is_trading
        else:
            bound = {"key": row.subject_key, "patience_s": patience_s}
            statement = text(_CAUSE_HOLDS[kind])
            names = statement.compile().params
            asked = await uow.session.execute(
                statement, {name: bound[name] for name in names if name in bound}
            )
            holds = bool(asked.scalar_one())
        if holds:
            continue
        incident = await get_for_update(uow.session, Incident, row.id)
        incident.state = advance(TRANSITIONS, incident.state, IncidentState.MITIGATED)
        incident.mitigated_at = uow.now
        uow.record(IncidentMitigated(subject=row.id, kind=kind.value))
        uow.touch(TOPIC)


def _tell(uow: UnitOfWork, incident_id: UUID, news: _News, *, again: bool = False) -> None:
    uow.record(
        IncidentOpened(
            subject=incident_id, kind=news.kind.value, title=TITLES[news.kind], again=again
        )
    )
    uow.touch(TOPIC)


def _news(row: Any) -> _News:
    kind = KIND_OF_EVENT[row.type]
    payload = row.payload
    key = str(row.halt_id) if kind is IncidentKind.HALT else ""
    detail = {
        IncidentKind.HALT: f"K{payload.get('level')} on"
        f" {payload.get('scope')} {payload.get('scope_id')}".rstrip()
        + f": {payload.get('reason')}",
        IncidentKind.UNPROTECTED: f"{payload.get('symbol')} for {payload.get('seconds')} s",
        IncidentKind.MAINTENANCE: f"{payload.get('exchange')} {payload.get('mode')}".rstrip()
        + (" goes on" if row.type == "MaintenanceOverran" else f": {payload.get('reason')}"),
    }.get(kind, str(payload.get("reason", "")))
    return _News(kind, key, " ".join(detail.split()), row.recorded_at)


def _check(**fields: str) -> None:
    too_long: Iterable[str] = (name for name, value in fields.items() if len(value) > LONG_MAX)
    problems = dict.fromkeys(too_long, f"At most {LONG_MAX} characters")
    if problems:
        raise Invalid(problems)
