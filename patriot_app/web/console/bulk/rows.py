"""A bulk act in words: what will be done, what is skipped, and what came of each row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from patriot_app.core.domain.bulk_acts import Verdict
from patriot_app.web import format
from patriot_app.web.theme import Tone

CLIENT_ACTS = {
    "suspend": "Suspend clients",
    "reactivate": "Reactivate clients",
    "approve": "Approve clients",
    "profile_low": "Risk profile: low",
    "profile_medium": "Risk profile: medium",
    "profile_high": "Risk profile: high",
    "profile_ultra_high": "Risk profile: ultra high",
}
ACCOUNT_ACTS = {"suspend": "Suspend accounts", "activate": "Activate accounts"}
DEPLOYMENT_ACTS = {"pause": "Pause deployments", "resume": "Resume deployments"}
RESULTS: dict[str, tuple[Tone, str]] = {
    "due": ("info", "Will be done"),
    "skipped": ("neutral", "Skipped"),
    "left": ("neutral", "Not ticked"),
    "done": ("positive", "Done"),
    "failed": ("danger", "Failed"),
}


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One client, account or deployment; `why` says why it is skipped or has failed."""

    id: str
    name: str
    result: str
    why: str = ""


def bulk_row(verdict: Verdict) -> BulkRow:
    """Show what will become of one row."""
    result = "due" if verdict.is_due else "skipped"
    return BulkRow(verdict.id, verdict.name, result, verdict.why_not)


def with_result(row: BulkRow, *, problem: str) -> BulkRow:
    """Return a row after its turn."""
    return replace(row, result="failed" if problem else "done", why=problem)


def tally(rows: Sequence[BulkRow]) -> str:
    """Count the rows by what became or will become of them."""
    parts = []
    for result, (_, words) in RESULTS.items():
        count = sum(row.result == result for row in rows)
        if count:
            parts.append(f"{format.count(count)} {words.lower()}")
    return ", ".join(parts) or "Nothing matches"
