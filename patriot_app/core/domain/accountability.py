"""Acts that are hard to undo carry a reason, which the audit log keeps."""

from patriot_app.core.errors import Invalid

REASON_LENGTH_MAX = 1_000


def need_reason(reason: str) -> None:
    """Refuse an act without a reason.

    Raises:
        Invalid: field "reason".
    """
    _need(reason, field="reason", otherwise="Please give a reason")


def need_justification(justification: str) -> None:
    """Refuse a change of risk without words that justify it.

    Raises:
        Invalid: field "justification".
    """
    _need(justification, field="justification", otherwise="Please say what justifies it")


def _need(text: str, *, field: str, otherwise: str) -> None:
    if not text.strip():
        raise Invalid({field: otherwise})
    if len(text) > REASON_LENGTH_MAX:
        raise Invalid({field: f"At most {REASON_LENGTH_MAX} characters, please"})
