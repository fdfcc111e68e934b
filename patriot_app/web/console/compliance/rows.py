"""Compliance reports as text."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from patriot_app.core.queries.compliance import ReportLine, ReportView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts import history

ACTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report."""

    id: str = ""
    period: str = ""
    made_by: str = ""
    events: str = ""
    acts: str = ""
    at: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class CountRow:
    """How often something happened; an area's own line has no kind."""

    id: str = ""
    area: str = ""
    kind: str = ""
    events: str = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act that a report lists."""

    id: str = ""
    title: str = ""
    detail: str = ""
    who: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class OpenReport:
    """The report of the drawer."""

    row: ReportRow = field(default_factory=ReportRow)
    digest: str = ""
    seals: str = ""
    is_whole: bool = True
    left_out: str = ""


def report_row(line: ReportLine, *, now: datetime) -> ReportRow:
    """Show one report."""
    return ReportRow(
        id=str(line.id),
        period=period_text(line.starts_on, line.ends_on),
        made_by=line.made_by,
        events=format.count(line.events),
        acts=format.count(line.acts),
        at=format.moment(line.made_at, now=now),
    )


def open_report(view: ReportView, *, now: datetime) -> OpenReport:
    """Show a report's own facts."""
    acts = view.content["acts"]
    hidden = len(acts) - ACTS_SHOWN
    return OpenReport(
        row=ReportRow(
            id=str(view.id),
            period=period_text(view.starts_on, view.ends_on),
            made_by=view.made_by,
            events=format.count(view.events),
            acts=format.count(len(acts)),
            at=format.moment(view.made_at, now=now),
        ),
        digest=view.digest,
        seals=format.count(view.content["seals"]),
        is_whole=view.is_whole,
        left_out=f"{hidden} more are in the file." if hidden > 0 else "",
    )


def count_rows(view: ReportView) -> list[CountRow]:
    """Show what was counted, area by area."""
    areas: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in view.content["counts"]:
        areas[one["area"] or "other"].append((one["kind"], one["events"]))
    rows = []
    for area in sorted(areas):
        rows.append(
            CountRow(
                area, area.capitalize(), "", format.count(sum(count for _, count in areas[area]))
            )
        )
        rows += [
            CountRow(kind, "", history.sentence(kind), format.count(count))
            for kind, count in areas[area]
        ]
    return rows


def act_rows(view: ReportView, *, shown_max: int | None = ACTS_SHOWN) -> list[ActRow]:
    """Show the acts that need an eye, oldest first."""
    return [
        ActRow(
            id=act["event"],
            title=history.sentence(act["kind"])
            + (" (solo)" if act["facts"].get("is_solo") else ""),
            detail=", ".join(
                f"{name.replace('_', ' ')} {history.told(value)}"
                for name, value in act["facts"].items()
                if value not in ("", None) and name != "is_solo"
            ),
            who=f"{act['actor']} · {act['surface']}",
            at=datetime.fromisoformat(act["at"]).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        )
        for act in view.content["acts"][:shown_max]
    ]


def period_text(starts_on: date, ends_on: date) -> str:
    """Return the days of a half-open period, such as "1 to 31 May 2026"."""
    last = ends_on - timedelta(days=1)
    return starts_on.isoformat() if last == starts_on else f"{starts_on} to {last}"


def markdown(view: ReportView) -> str:
    """Return a report as a file for people."""
    lines = [
        f"# Compliance report, {period_text(view.starts_on, view.ends_on)}",
        "",
        f"* Made: {view.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S UTC} by {view.made_by}",
        f"* Events: {view.events}, sealed by {view.content['seals']} checkpoints",
        f"* SHA-256 of the content, which the record holds too: {view.digest}",
        "",
        "## What happened how often",
        "",
        "| area | kind | events |",
        "|---|---|---|",
    ]
    lines += [f"| {row.area} | {row.kind} | {row.events} |" for row in count_rows(view)]
    lines += [
        "",
        "## What needs an eye",
        "",
        "| time, UTC | what | who | facts | event |",
        "|---|---|---|---|---|",
    ]
    for row in act_rows(view, shown_max=None):
        cells = (row.at, row.title, row.who, row.detail, row.id)
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    if view.content["is_cut"]:
        lines += ["", "The list is cut: choose a shorter period for the rest."]
    return "\n".join(lines) + "\n"
