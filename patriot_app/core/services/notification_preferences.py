"""A person's own settings for what he hears: classes, channels, quiet hours, digest, language."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import NotificationSettingsChanged
from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    NoticeKind,
    Preferences,
    check,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.unit_of_work import UnitOfWork

_SET = text(
    """
    INSERT INTO notification_settings AS s (user_id, zone, language, quiet_from, quiet_until,
           digest, digest_at, digest_weekday, hides_amounts, updated_at)
    VALUES (:user_id, :zone, :language, :quiet_from, :quiet_until,
           :digest, :digest_at, :digest_weekday, :hides_amounts, :now)
    ON CONFLICT (user_id) DO UPDATE SET zone = excluded.zone, language = excluded.language,
           quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
           digest = excluded.digest, digest_at = excluded.digest_at,
           digest_weekday = excluded.digest_weekday, hides_amounts = excluded.hides_amounts,
           updated_at = excluded.updated_at
    """
)
_CHOOSE = text(
    "INSERT INTO notification_choices AS c (user_id, kind, channel, choice)"
    " VALUES (:user_id, :kind, :channel, :choice)"
    " ON CONFLICT (user_id, kind, channel) DO UPDATE SET choice = excluded.choice"
    " WHERE c.choice IS DISTINCT FROM excluded.choice RETURNING kind, channel"
)
_CLEAR = text(
    "UPDATE notification_choices SET choice = NULL WHERE user_id = :user_id AND kind = :kind"
    " AND channel = :channel AND choice IS NOT NULL RETURNING kind, channel"
)
_MUTE = text(
    "INSERT INTO notification_choices (user_id, kind, channel, muted_until)"
    " SELECT :user_id, kind, channel, :until"
    " FROM unnest(CAST(:kinds AS text[])) AS kind, unnest(CAST(:channels AS text[])) AS channel"
    " ON CONFLICT (user_id, kind, channel) DO UPDATE SET muted_until = excluded.muted_until"
)
_ALWAYS_ON = "What concerns your sign-in is always told here"


async def change(uow: UnitOfWork, preferences: Preferences) -> None:
    """Set the actor's zone, language, quiet hours, digest and whether amounts are hidden.

    Raises:
        Invalid: names the field and the rule.
    """
    wanted = check(preferences)
    await uow.session.execute(
        _SET,
        {
            "user_id": _own_id(uow),
            "zone": wanted.zone,
            "language": wanted.language.value,
            "quiet_from": wanted.quiet_from,
            "quiet_until": wanted.quiet_until,
            "digest": wanted.digest.value,
            "digest_at": wanted.digest_at,
            "digest_weekday": wanted.digest_weekday,
            "hides_amounts": wanted.hides_amounts,
            "now": uow.now,
        },
    )
    _record(uow, f"{wanted.zone}, {wanted.language.value}, digest {wanted.digest.value}")


async def choose(
    uow: UnitOfWork, choices: Mapping[tuple[NoticeKind, Channel], Choice | None]
) -> None:
    """Set what the actor wants of some classes on some channels; None: as the desk suggests.

    Raises:
        Invalid: his own sign-in may not be switched off or silent in the web or by e-mail.
    """
    for (kind, channel), choice in choices.items():
        if is_fixed(kind, channel) and choice not in {None, Choice.ON}:
            raise Invalid({f"{kind.value}_{channel.value}": _ALWAYS_ON})
    changed = []
    for (kind, channel), choice in choices.items():
        bound = {"user_id": _own_id(uow), "kind": kind.value, "channel": channel.value}
        if choice is None:
            done = await uow.session.execute(_CLEAR, bound)
        else:
            done = await uow.session.execute(_CHOOSE, {**bound, "choice": choice.value})
        if done.one_or_none() is not None:
            said = "default" if choice is None else choice.value
            changed.append(f"{kind.value} on {channel.value}: {said}")
    if changed:
        _record(uow, ", ".join(changed))


async def mute(
    uow: UnitOfWork, kinds: list[NoticeKind], *, until: datetime, channels: list[Channel]
) -> None:
    """Keep some classes from the actor for a while; what is critical still comes.

    Args:
        until: a time that has passed ends the silence.
    """
    names = [kind.value for kind in kinds]
    bound = {
        "user_id": _own_id(uow),
        "until": until,
        "kinds": names,
        "channels": [channel.value for channel in channels],
    }
    await uow.session.execute(_MUTE, bound)
    _record(uow, f"muted until {until.isoformat()}: {', '.join(names)}")


def is_fixed(kind: NoticeKind, channel: Channel) -> bool:
    """Tell whether a choice has no effect: a stolen session must not silence its own alarm."""
    return kind is NoticeKind.SECURITY and channel is not Channel.TELEGRAM


def _record(uow: UnitOfWork, changes: str) -> None:
    uow.record(NotificationSettingsChanged(client_id=_own_id(uow), changes=changes))
    uow.touch("notification_settings")


def _own_id(uow: UnitOfWork) -> UUID:
    assert uow.actor.user_id is not None
    return uow.actor.user_id
