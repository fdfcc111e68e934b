"""Subjects side by side and what each strategy brought, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from patriot_app.core.domain.strategy_days import ALL
from patriot_app.core.domain.track_record import TrackRecord
from patriot_app.core.queries.performance import Attribution, Course, Match, Subject, SubjectKind
from patriot_app.web import format, table_export
from patriot_app.web.format import Figure
from patriot_app.web.parts.returns import shown, shown_percent

DESK = "desk"


@dataclass(frozen=True, slots=True)
class MatchRow:
    """Somebody or something found; `id` is the key that the address takes."""

    id: str = ""
    name: str = ""
    kind: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One subject in a line."""

    id: str = ""
    name: str = ""
    kind: str = ""
    equity: Figure = field(default_factory=Figure)
    profit: Figure = field(default_factory=Figure)
    gained: Figure = field(default_factory=Figure)
    sharpe: Figure = field(default_factory=Figure)
    volatility: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)


@dataclass(frozen=True, slots=True)
class PartRow:
    """What one strategy brought."""

    id: str = ""
    name: str = ""
    realised: Figure = field(default_factory=Figure)
    funding: Figure = field(default_factory=Figure)
    commission: Figure = field(default_factory=Figure)
    total: Figure = field(default_factory=Figure)


PARTS_CSV: table_export.Columns[Attribution] = [
    ("strategy", lambda one: strategy_name(one)),
    ("realised_usdt", lambda one: one.part.realised),
    ("funding_usdt", lambda one: one.part.funding),
    ("commission_usdt", lambda one: one.part.commission),
    ("result_usdt", lambda one: one.part.total),
]


def key_of(subject: Subject) -> str:
    """Return a subject as the address has it."""
    is_desk = subject.kind is SubjectKind.DESK
    return DESK if is_desk else f"{subject.kind.value}:{subject.id}"


def subject_of(key: str) -> Subject | None:
    """Read a subject from the address; None: it is no such thing."""
    if key == DESK:
        return Subject(SubjectKind.DESK)
    kind, _, given = key.partition(":")
    try:
        subject = Subject(SubjectKind(kind), UUID(given))
    except ValueError:
        return None
    return None if subject.kind is SubjectKind.DESK else subject


def match_row(match: Match) -> MatchRow:
    """Show one that was found."""
    kind = match.subject.kind.value
    return MatchRow(key_of(match.subject), match.name, format.label(kind), match.detail)


def compared_row(course: Course, record: TrackRecord | None) -> ComparedRow:
    """Show one subject; without a day its figures stay empty."""
    key, kind = key_of(course.subject), format.label(course.subject.kind.value)
    if record is None:
        return ComparedRow(key, course.name, f"{kind}, no day in this period")
    return ComparedRow(
        id=key,
        name=course.name,
        kind=kind,
        equity=format.money(record.equity),
        profit=format.profit(record.profit),
        gained=format.change(record.time_weighted),
        sharpe=shown(record.sharpe),
        volatility=shown_percent(record.volatility, is_signed=False),
        drawdown=shown_percent(record.drawdown.fraction, is_signed=False),
    )


def part_rows(parts: Sequence[Attribution]) -> list[PartRow]:
    """Show what strategies brought, and their sum as the last line."""
    rows = [
        PartRow(
            id=str(one.strategy_id),
            name=strategy_name(one),
            realised=format.profit(one.part.realised),
            funding=format.profit(one.part.funding),
            commission=format.profit(one.part.commission),
            total=format.profit(one.part.total),
        )
        for one in parts
    ]
    if len(parts) < 2:
        return rows
    whole = parts[0].part
    for one in parts[1:]:
        whole = whole + one.part
    return [
        *rows,
        PartRow(
            id="sum",
            name="Together",
            realised=format.profit(whole.realised),
            funding=format.profit(whole.funding),
            commission=format.profit(whole.commission),
            total=format.profit(whole.total),
        ),
    ]


def strategy_name(one: Attribution) -> str:
    """Return a strategy's name; what none made has a name of its own."""
    return "No strategy" if one.strategy_id == ALL else one.name
