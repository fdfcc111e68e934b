"""Which class of notices a fact belongs to, and where it is told to who never chose."""

from patriot_app.core.domain.events import Event, Severity
from patriot_app.core.domain.events.schemas import area_of
from patriot_app.core.domain.notification_preferences import Channel, Choice, NoticeKind
from patriot_app.core.domain.notification_rules import OF_ONES_SIGN_IN

_KIND_OF_AREA = {
    "accounts": NoticeKind.RISK,
    "allocations": NoticeKind.TRADES,
    "fees": NoticeKind.FEES,
    "maintenance": NoticeKind.DESK,
    "orders": NoticeKind.TRADES,
    "people": NoticeKind.PEOPLE,
    "risk": NoticeKind.RISK,
    "strategies": NoticeKind.TRADES,
    "telegram": NoticeKind.SECURITY,
    "tickets": NoticeKind.SUPPORT,
}
"""What a fact is about follows from where it is declared, unless it is named below."""
_KINDS: dict[str, NoticeKind] = {
    **dict.fromkeys(OF_ONES_SIGN_IN, NoticeKind.SECURITY),
    "HaltRaised": NoticeKind.RISK,
    "HaltLoweringProposed": NoticeKind.RISK,
    "HaltCleared": NoticeKind.RISK,
    "HaltLifted": NoticeKind.RISK,
    "PositionUnprotected": NoticeKind.RISK,
    "OrderQuarantined": NoticeKind.RISK,
    "OrderFilledLate": NoticeKind.RISK,
}


def kind_of(event: Event) -> NoticeKind:
    """Return the class of notices that a fact belongs to."""
    if event.type.startswith("Credential"):
        return NoticeKind.KEYS
    named = _KINDS.get(event.type)
    return named or _KIND_OF_AREA.get(area_of(event.type), NoticeKind.DESK)


def default_channels(severity: Severity, *, is_by_email: bool = False) -> dict[Channel, Choice]:
    """Return what holds for who never chose: mail for what cannot wait, a chat makes no sound for
    mere information."""
    is_urgent = severity in {Severity.WARNING, Severity.CRITICAL}
    return {
        Channel.WEB: Choice.ON,
        Channel.TELEGRAM: Choice.SILENT if severity is Severity.INFO else Choice.ON,
        Channel.EMAIL: Choice.ON if is_urgent or is_by_email else Choice.OFF,
    }
