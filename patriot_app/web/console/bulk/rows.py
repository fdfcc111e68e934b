"""A bulk act in words: what will be done, what is skipped, and what came of each row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from patriot_app.core.domain.bulk_acts import Verdict
from patriot_app.web import format
from patriot_app.web.kit import Share
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
ASSIGNMENT_ACTS = {"assign": "Give accounts to it", "release": "Take accounts out of it"}
SHARES = {
    "100": "All of its equity",
    **{one: f"{one} % of its equity" for one in ("75", "50", "25", "20", "10", "5")},
}
RESULTS: dict[str, tuple[Tone, str]] = {
    "due": ("info", "Will be done"),
    "waits": ("info", "Waits for its turn"),
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


def waiting(row: BulkRow) -> BulkRow:
    """Return a row that was ticked and whose turn comes."""
    return replace(row, result="waits", why="")


def left(row: BulkRow) -> BulkRow:
    """Return a row that is left as it is: not ticked, or its turn never came."""
    return replace(row, result="left", why="") if row.result in ("due", "waits") else row


def parts_of(rows: Sequence[BulkRow]) -> list[Share]:
    """Show how much is done and how much failed of what was ticked."""
    counts = [sum(row.result == one for row in rows) for one in ("done", "failed", "waits")]
    whole = sum(counts) or 1
    return [
        Share(f"{Decimal(100 * count) / whole:.1f}%", tone)
        for count, tone in zip(counts[:2], ("positive", "danger"), strict=True)
    ]


def tally(rows: Sequence[BulkRow]) -> str:
    """Count the rows by what became or will become of them."""
    parts = []
    for result, (_, words) in RESULTS.items():
        count = sum(row.result == result for row in rows)
        if count:
            parts.append(f"{format.count(count)} {words.lower()}")
    return ", ".join(parts) or "Nothing matches"
