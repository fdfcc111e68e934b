"""Acts that are hard to undo carry a reason, which the audit log keeps."""

from patriot_app.core.errors import Invalid

REASON_LENGTH_MAX = 1_000


def need_reason(reason: str) -> None:
    """Refuse an act without a reason.

    Raises:
        Invalid: field "reason".
    """
    if not reason.strip():
        raise Invalid({"reason": "Please give a reason"})
    if len(reason) > REASON_LENGTH_MAX:
        raise Invalid({"reason": f"At most {REASON_LENGTH_MAX} characters, please"})
