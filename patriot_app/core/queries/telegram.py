"""The desk's bot, whose chat is whose, and what a browser that waits for a Yes may know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.staff_access import HAS_ACCESS
from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.permissions import VISITOR, Actor, Role
from patriot_app.core.domain.telegram import QUESTION_LASTS, SignInStage, stage_of
from patriot_app.core.domain.users import may_sign_in
from patriot_app.core.queries.reader import reading

_BOT = text(
    "SELECT username, problem, expires_at > clock_timestamp() AS is_up FROM telegram_bots"
    " WHERE id = 1"
)
_LINK = text(
    "SELECT name, created_at FROM telegram_links WHERE user_id = :user_id AND unlinked_at IS NULL"
)
_OFFER = text(
    "SELECT id, name, claimed_at IS NOT NULL AS is_claimed, expires_at FROM telegram_offers"
    " WHERE user_id = :user_id AND session_id = :session_id AND settled_at IS NULL"
    " AND expires_at > :now ORDER BY created_at DESC, id DESC LIMIT 1"
)
_PERSON = text(
    "SELECT u.id, u.name, u.roles, u.status FROM telegram_links AS l"  # noqa: S608 - ours
    " JOIN users AS u ON u.id = l.user_id"
    " WHERE l.telegram_id = :telegram_id AND l.unlinked_at IS NULL"
    f" AND {HAS_ACCESS}"
)
_HAS_PROVED = text(
    "SELECT EXISTS (SELECT 1 FROM sessions WHERE user_id = :user_id AND ended_at IS NULL"
    " AND expires_at > :now AND last_seen_at + make_interval(secs => idle_seconds) >= :now"
    " AND stepped_up_at >= :since)"
)
_SIGN_IN = text(
    "SELECT s.asked_at, s.answer, s.used_at, s.expires_at, coalesce(u.totp_box IS NOT NULL, false)"
    " AS has_factor FROM telegram_sign_ins AS s LEFT JOIN users AS u ON u.id = s.user_id"
    " WHERE s.browser_hash = :browser_hash"
)


@dataclass(frozen=True, slots=True)
class Bot:
    """The desk's bot as the last process that read its messages left it.

    Attributes:
        is_up: a process reads its messages now.
        problem: why it does not answer.
    """

    username: str = ""
    problem: str = ""
    is_up: bool = False

    @property
    def answers(self) -> bool:
        """Whether a link into its chat leads anywhere."""
        return self.is_up and bool(self.username) and not self.problem


@dataclass(frozen=True, slots=True)
class Link:
    """A connected Telegram account."""

    name: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A code that waits in this session.

    Attributes:
        name: of the Telegram account that came with it; empty before.
    """

    id: UUID
    name: str
    is_claimed: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingBrowser:
    """How far a browser's sign-in through Telegram is.

    Attributes:
        needs_code: the person has a second factor; known once his chat has answered Yes.
    """

    stage: SignInStage
    needs_code: bool


async def bot() -> Bot:
    """Return the desk's bot; one without a name if the desk has none."""
    async with reading(VISITOR) as session:
        row = (await session.execute(_BOT)).one_or_none()
    return Bot() if row is None else Bot(row.username, row.problem, row.is_up)


async def own_link(actor: Actor) -> Link | None:
    """Return the actor's connected Telegram account."""
    async with reading(actor) as session:
        row = (await session.execute(_LINK, {"user_id": actor.user_id})).one_or_none()
    return None if row is None else Link(row.name, row.created_at)


async def own_offer(actor: Actor, *, clock: Clock | None = None) -> Offer | None:
    """Return the code that waits in the actor's present session."""
    bound = {
        "user_id": actor.user_id,
        "session_id": actor.session_id,
        "now": (clock or SystemClock()).now(),
    }
    async with reading(actor) as session:
        row = (await session.execute(_OFFER, bound)).one_or_none()
    return None if row is None else Offer(row.id, row.name, row.is_claimed, row.expires_at)


async def person_of(telegram_id: int, *, clock: Clock | None = None) -> Actor | None:
    """Return who acts in a chat, as the database knows him now; None: a stranger.

    A member of the desk who is suspended is a stranger at once, an auditor after his last day.
    """
    bound = {"telegram_id": telegram_id, "now": (clock or SystemClock()).now()}
    async with reading(VISITOR) as session:
        row = (await session.execute(_PERSON, bound)).one_or_none()
    if row is None or not may_sign_in(row.status, row.roles):
        return None
    return Actor(
        user_id=row.id,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        surface="bot",
    )


async def has_proved_since(actor: Actor, since: datetime, *, now: datetime) -> bool:
    """Tell whether the actor proved on a page who he is, after a time.

    A sign-in that the chat itself has allowed is no such proof: its session has stepped up to nothing.
    """
    bound = {"user_id": actor.user_id, "since": since, "now": now}
    async with reading(actor) as session:
        return bool((await session.execute(_HAS_PROVED, bound)).scalar_one())


async def waiting_browser(secret: str, *, clock: Clock | None = None) -> WaitingBrowser:
    """Return how far the sign-in of the browser with this secret is."""
    now = (clock or SystemClock()).now()
    async with reading(VISITOR) as session:
        found = await session.execute(_SIGN_IN, {"browser_hash": hash_token(secret)})
        row = found.one_or_none()
    if row is None:
        return WaitingBrowser(SignInStage.OVER, needs_code=False)
    stage = stage_of(
        is_asked=row.asked_at is not None,
        answer=row.answer,
        is_used=row.used_at is not None,
        is_expired=row.expires_at <= now,
        is_late=row.asked_at is not None and row.asked_at + QUESTION_LASTS <= now,
    )
    return WaitingBrowser(stage, needs_code=stage is SignInStage.YES and row.has_factor)
