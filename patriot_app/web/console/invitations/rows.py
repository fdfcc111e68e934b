"""The lines of the invitations, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.invitations import InvitationView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "open": ("info", "Open"),
    "used": ("positive", "Registered"),
    "expired": ("warning", "Expired"),
    "revoked": ("neutral", "Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One person who was invited."""

    id: str = ""
    name: str = ""
    email: str = ""
    state: str = ""
    by: str = ""
    mail: str = ""
    client_id: str = ""
    sent: Moment = field(default_factory=Moment)
    expires: Moment = field(default_factory=Moment)


def invitation_row(invitation: InvitationView, *, now: datetime) -> InvitationRow:
    """Show one invitation."""
    return InvitationRow(
        id=str(invitation.id),
        name=invitation.name,
        email=invitation.email,
        state=invitation.state,
        by=invitation.invited_by or format.EMPTY,
        mail=_mail(invitation),
        client_id=str(invitation.user_id or ""),
        sent=format.moment(invitation.sent_at, now=now),
        expires=format.moment(invitation.expires_at, now=now),
    )


def _mail(invitation: InvitationView) -> str:
    if invitation.mailed_at is not None:
        return "Sent"
    if invitation.is_given_up:
        return f"Not sent: {invitation.mail_error}"
    return f"Waiting: {invitation.mail_error}" if invitation.mail_error else "Waiting"
