"""What a person chose to hear, and what holds where he never chose."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text

from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    Language,
    NoticeKind,
    Preferences,
)
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import reading

_SETTINGS = text(
    "SELECT zone, language, quiet_from, quiet_until, digest, digest_at, digest_weekday,"
    " hides_amounts FROM notification_settings WHERE user_id = :user_id"
)
_ZONE = text("SELECT zone FROM notification_settings WHERE user_id = :user_id")
_CHOICES = text(
    "SELECT kind, channel, choice, muted_until FROM notification_choices WHERE user_id = :user_id"
)


@dataclass(frozen=True, slots=True)
class OwnPreferences:
    """A person's settings and choices.

    Attributes:
        choices: only what he chose; elsewhere the default of each notice holds.
        muted_until: by class and channel.
    """

    settings: Preferences = field(default_factory=Preferences)
    choices: dict[tuple[NoticeKind, Channel], Choice] = field(default_factory=dict)
    muted_until: dict[tuple[NoticeKind, Channel], datetime] = field(default_factory=dict)


async def own(actor: Actor) -> OwnPreferences:
    """Return the actor's settings; the defaults if he never chose."""
    bound = {"user_id": actor.user_id}
    async with reading(actor) as session:
        row = (await session.execute(_SETTINGS, bound)).one_or_none()
        chosen = (await session.execute(_CHOICES, bound)).all()
    settings = (
        Preferences()
        if row is None
        else Preferences(
            zone=row.zone,
            language=Language(row.language),
            quiet_from=row.quiet_from,
            quiet_until=row.quiet_until,
            digest=Digest(row.digest),
            digest_at=row.digest_at,
            digest_weekday=row.digest_weekday,
            hides_amounts=row.hides_amounts,
        )
    )
    keyed = [((NoticeKind(one.kind), Channel(one.channel)), one) for one in chosen]
    return OwnPreferences(
        settings,
        {key: Choice(one.choice) for key, one in keyed if one.choice is not None},
        {key: one.muted_until for key, one in keyed if one.muted_until is not None},
    )


async def zone(actor: Actor) -> str:
    """Return the name of the time zone that the actor chose; the default if he never did."""
    async with reading(actor) as session:
        found = await session.execute(_ZONE, {"user_id": actor.user_id})
        return str(found.scalar_one_or_none() or Preferences().zone)
