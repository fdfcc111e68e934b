"""The inbox of differences, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.reconciliation import DECISIONS, Decision, DiscrepancyKind
from patriot_app.core.queries.reconciliation import ColdView, InboxItem
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

KINDS = {
    "position_differs": "Position differs",
    "position_unknown": "Position unknown to us",
    "orphan_order": "Order of ours, not in our books",
    "wallet_differs": "Wallet drifts from its ledger",
    "foreign_trade": "Trade that was not ours",
    "order_unknown": "Order of unknown outcome",
    "order_quarantined": "Order in quarantine",
    "parked": "Account is parked",
}
STATUSES: dict[str, tuple[Tone, str]] = {
    "open": ("danger", "Open"),
    "explained": ("info", "Explained"),
    "adopted": ("positive", "Adopted"),
    "ignored": ("neutral", "Ignored"),
    "cleared": ("positive", "Gone"),
}
CAUSES = {
    "manual": "By hand or by another program of the account's owner",
    "liquidation": "Liquidated by the exchange",
    "deleveraged": "Automatically deleveraged by the exchange",
    "settled": "Settled by the exchange",
}
LOOK, ABSENT, UNPARK = "look", "absent", "unpark"
ACTS = {
    Decision.ADOPT.value: "Adopt",
    Decision.CLOSE.value: "Close",
    Decision.IGNORE.value: "Ignore",
    LOOK: "Look again",
    ABSENT: "Give up",
    UNPARK: "Let it trade",
}
CONSEQUENCES = {
    ("position_differs", "adopt"): "Books one adjusting trade, so that our position becomes the"
    " exchange's. Nothing is sent to the exchange.",
    ("position_differs", "close"): "Takes the exchange's position into our books and closes it at"
    " market, reduce-only.",
    ("orphan_order", "adopt"): "Takes the order into our books and follows it from now on.",
    ("orphan_order", "close"): "Takes the order into our books and cancels it.",
    ("wallet_differs", "adopt"): "Measures the drift from the present difference on. The tie-out"
    " of invoices stays as it is.",
    ("order_quarantined", ABSENT): "Takes your word that the order does not exist. It gets no"
    " successor; should it trade after all, the account is parked.",
}
IGNORED = "Changes no book and sends nothing. The account opens positions again."
LOOKED = "Asks the exchange once more, by the order's own id."
LET_GO = "The account opens positions again with the next signal."


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item; `acts` are what may be decided, the proposal first."""

    id: str = ""
    title: str = ""
    account: str = ""
    account_id: str = ""
    client: str = ""
    exchange: str = ""
    kind: str = ""
    what: str = ""
    local: str = ""
    reported: str = ""
    cause: str = ""
    evidence: str = ""
    status: str = "open"
    parks: str = ""
    decision: str = ""
    proposal: str = ""
    can_adopt: bool = False
    can_close: bool = False
    can_ignore: bool = False
    can_look: bool = False
    can_give_up: bool = False
    can_unpark: bool = False
    found: Moment = field(default_factory=Moment)
    seen: Moment = field(default_factory=Moment)
    resolved: Moment = field(default_factory=Moment)


def acts_of(item: InboxItem) -> tuple[str, ...]:
    """Return what may be decided of an item, the proposal first."""
    if item.status != "open":
        return ()
    if item.kind == "parked":
        return (UNPARK,)
    if item.kind in {"order_unknown", "order_quarantined"}:
        return (LOOK, ABSENT) if item.kind == "order_quarantined" else (LOOK,)
    return tuple(each.value for each in DECISIONS.get(DiscrepancyKind(item.kind), ()))


def item_row(item: InboxItem, *, now: datetime) -> ItemRow:
    """Show one item."""
    acts = acts_of(item)
    decided = ""
    if item.decision:
        decided = f"{ACTS.get(item.decision, item.decision)} by {item.decided_by}: {item.reason}"
    subject = item.subject if len(item.subject) <= 16 else format.short_id(item.subject)
    return ItemRow(
        id=item.id,
        title=f"{KINDS.get(item.kind, format.label(item.kind))} {subject}".strip(),
        account=item.account,
        account_id=str(item.account_id),
        client=item.client,
        exchange=f"{item.exchange.capitalize()} · {item.mode}",
        kind=item.kind,
        what=item.subject or item.symbol,
        local=item.local or format.EMPTY,
        reported=item.reported or format.EMPTY,
        cause=CAUSES.get(item.cause, "Nothing explains it" if item.status == "open" else ""),
        evidence=item.evidence or format.EMPTY,
        status=item.status,
        parks="Opens nothing until it is decided" if item.parks and item.status == "open" else "",
        decision=decided,
        proposal=ACTS[acts[0]] if acts else "",
        can_adopt="adopt" in acts,
        can_close="close" in acts,
        can_ignore="ignore" in acts,
        can_look=LOOK in acts,
        can_give_up=ABSENT in acts,
        can_unpark=UNPARK in acts,
        found=format.moment(item.found_at, now=now),
        seen=format.moment(item.seen_at, now=now),
        resolved=format.moment(item.resolved_at, now=now),
    )


def cold_text(cold: ColdView, *, now: datetime) -> str:
    """Say why the database is not believed and how far the proof has come."""
    since = format.moment(cold.entered_at, now=now).ago
    return (
        f"Cold mode since {since}: {cold.reason}. Every order is looked up before it leaves; "
        f"{format.plural(cold.unproved, 'account')} still to be proved."
    )


def consequence(kind: str, act: str) -> str:
    """Say what an act does."""
    general = {Decision.IGNORE.value: IGNORED, LOOK: LOOKED, UNPARK: LET_GO}
    return CONSEQUENCES.get((kind, act)) or general.get(act, "")
