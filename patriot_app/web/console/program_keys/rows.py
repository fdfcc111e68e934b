"""Everybody's API keys, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.api_scopes import SAYS, Scope
from patriot_app.core.queries.sign_ins import KeyOfPerson
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "good": ("positive", "In use"),
    "expired": ("neutral", "Expired"),
    "revoked": ("danger", "Revoked"),
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key."""

    id: str = ""
    person: str = ""
    name: str = ""
    prefix: str = ""
    state: str = ""
    rights: str = ""
    limits: str = ""
    used: Moment = field(default_factory=Moment)
    used_from: str = ""
    ends: Moment = field(default_factory=Moment)


def key_row(key: KeyOfPerson, *, now: datetime) -> KeyRow:
    """Show one of them."""
    return KeyRow(
        id=str(key.id),
        person=key.person,
        name=key.name,
        prefix=key.prefix,
        state=_state(key, now=now),
        rights=", ".join(SAYS[Scope(scope)] for scope in key.scopes),
        limits=f"{key.per_minute} a minute, from {key.addresses or 'everywhere'}",
        used=format.moment(key.last_used_at, now=now),
        used_from=key.last_used_ip or format.EMPTY,
        ends=format.moment(key.expires_at, now=now),
    )


def _state(key: KeyOfPerson, *, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= now else "good"
