"""Strategies in their order, suggested shares and cohorts of clients, all text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from patriot_app.core.domain.daily_returns import returns_of
from patriot_app.core.domain.measures import Floats, as_floats
from patriot_app.core.domain.strategy_ranking import Ranked, Verdict, rank
from patriot_app.core.domain.suggested_weights import Method, Suggestion, suggest
from patriot_app.core.queries.rankings import Cohort, RankedDays
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.parts.returns import shown, shown_percent
from patriot_app.web.theme import Tone

VERDICTS: dict[str, tuple[Tone, str]] = {
    Verdict.SOUND.value: ("positive", "Sound"),
    Verdict.BEHIND.value: ("warning", "Behind"),
    Verdict.LOSING.value: ("negative", "Losing"),
    Verdict.UNKNOWN.value: ("neutral", "No return yet"),
}
COHORT_MONTHS = 12
"""So many months after the first are shown."""


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One strategy; `id` is the key that the address of its performance takes."""

    id: str = ""
    name: str = ""
    accounts: str = ""
    managed: Figure = field(default_factory=Figure)
    profit: Figure = field(default_factory=Figure)
    gained: Figure = field(default_factory=Figure)
    sharpe: Figure = field(default_factory=Figure)
    volatility: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)
    verdict: str = Verdict.UNKNOWN.value


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """One way to divide."""

    id: str = ""
    shares: str = ""
    promised: Figure = field(default_factory=Figure)
    kept: Figure = field(default_factory=Figure)
    note: str = ""


@dataclass(frozen=True, slots=True)
class CohortRow:
    """Clients of a month and what share of them stayed, month by month."""

    id: str = ""
    clients: str = ""
    kept: list[str] = field(default_factory=list)


def ranked_rows(strategies: Sequence[RankedDays]) -> list[RankedRow]:
    """Show the strategies, best first."""
    facts = {str(one.strategy_id): one for one in strategies}
    ranked = rank([(key, one.name, one.days) for key, one in facts.items()])
    return [_ranked(one, facts[one.strategy_id]) for one in ranked]


def suggestion_rows(strategies: Sequence[RankedDays]) -> list[SuggestionRow]:
    """Show how money could be divided, over the days that all strategies have."""
    names = {str(one.strategy_id): one.name for one in strategies}
    common = _common(strategies)
    return [_suggestion(suggest(method, common), names) for method in Method]


def cohort_rows(cohorts: Sequence[Cohort]) -> list[CohortRow]:
    """Show the cohorts, newest first."""
    rows = []
    for cohort in reversed(cohorts):
        shares = [
            f"{kept / cohort.clients:.0%}" if cohort.clients else format.EMPTY
            for kept in cohort.kept[:COHORT_MONTHS]
        ]
        padded = [*shares, *[""] * (COHORT_MONTHS - len(shares))]
        rows.append(CohortRow(f"{cohort.month:%b %Y}", format.count(cohort.clients), padded))
    return rows


def _ranked(one: Ranked, facts: RankedDays) -> RankedRow:
    record = one.record
    if record is None:
        return RankedRow(id=f"strategy:{one.strategy_id}", name=one.name)
    return RankedRow(
        id=f"strategy:{one.strategy_id}",
        name=one.name,
        accounts=format.count(facts.accounts),
        managed=format.money(facts.managed),
        profit=format.profit(record.profit),
        gained=format.change(record.time_weighted),
        sharpe=shown(record.sharpe),
        volatility=shown_percent(record.volatility, is_signed=False),
        drawdown=shown_percent(record.drawdown.fraction, is_signed=False),
        verdict=one.verdict.value,
    )


def _common(strategies: Sequence[RankedDays]) -> Mapping[str, Floats]:
    dated = {str(one.strategy_id): dict(returns_of(one.days)) for one in strategies}
    days: set[date] = set.intersection(*map(set, dated.values())) if dated else set()
    return {
        key: as_floats([returns[day] for day in sorted(days)]) for key, returns in dated.items()
    }


def _suggestion(one: Suggestion, names: Mapping[str, str]) -> SuggestionRow:
    shares = ", ".join(
        f"{names[key]} {format.rate(share).text} %" for key, share in one.shares.items()
    )
    why = one.promised.why or one.kept.why
    return SuggestionRow(
        id=one.method.value,
        shares=shares or format.EMPTY,
        promised=shown(one.promised),
        kept=shown(one.kept),
        note=f"not shown: {why}" if why else "",
    )
