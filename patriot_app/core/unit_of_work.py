"""One transaction for one actor: state, events, notifications and wake-ups commit together.

`begin(actor)` opens it; services write through `.session`, tell what happened with `.record`, ask
the daemon to act with `.issue`, and never commit themselves. Leaving the block commits; an
exception rolls everything back.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core import requests
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db import notify, pipeline
from patriot_app.core.db.row_security import apply_actor
from patriot_app.core.db.sessions import new_session
from patriot_app.core.domain import webhooks
from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.domain.events import Event
from patriot_app.core.domain.notifications import GROUP_WAIT_S, Notice, route
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.ids import new_id
from patriot_app.core.schema.commands import Command as CommandRow

COMMAND_TTL = timedelta(minutes=5)
_MESSAGES = UUID("6f9d5f0e-2c57-4f0b-9a0d-5a3f1b7d7c11")
"""The namespace of messages that bear a key."""
_FORGETFUL = text("SELECT set_config('synchronous_commit', 'off', true)")
_APPEND = text("SELECT append_events(CAST(:facts AS jsonb))")
_POST = text("SELECT post_notifications(CAST(:notices AS jsonb))")


class Command(Protocol):
    """What a command must tell of itself (core.domain.commands)."""

    @property
    def type(self) -> str: ...
    def to_payload(self) -> Mapping[str, Any]: ...


class UnitOfWork:
    """One transaction of one actor.

    Attributes:
        session: for services; queries of read models use their own.
        actor: who acts.
        now: wall time at the start, the same for everything in the transaction.
    """

    def __init__(self, session: AsyncSession, actor: Actor, *, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self._request_id, ip = _request()
        self._author: dict[str, Any] = {
            "actor_id": actor.user_id,
            "actor": actor.name,
            "surface": actor.surface,
            "correlation_id": self._request_id,
        }
        if actor.session_id is not None or ip:
            self._author["origin"] = {"session": _text_or_none(actor.session_id) or "", "ip": ip}
        self._facts: list[dict[str, Any]] = []
        self._notices: list[dict[str, Any]] = []
        self._topics: set[str] = set()
        self.told: frozenset[str] = frozenset()
        """The topics that open pages were told of."""
        self._has_commands = False

    def record(self, event: Event, *, is_told: bool = True) -> UUID:
        """Note a fact; it is appended to its stream when the transaction commits.

        Args:
            is_told: people hear of it by its rule; not where one message tells of many.
        """
        event_id = new_id()
        self._facts.append(
            {
                "id": event_id,
                "stream": event.stream,
                "subject_id": event.subject_id,
                "type": event.type,
                "version": event.schema_version,
                "severity": event.severity.value,
                **self._author,
                "payload": event.to_payload(),
            }
        )
        if is_told:
            self._address(event, event_id)
        return event_id

    def touch(self, *topics: str) -> None:
        """Tell open pages at commit that what they show has changed ("orders", "positions" …)."""
        self._topics.update(topics)

    def tell(self, notice: Notice, *, user_id: UUID | None = None, key: str = "") -> None:
        """Put a message out that no fact brings about; it leaves with the transaction.

        Args:
            user_id: who gets it, besides the notice's roles.
            key: what was told under it once is told nobody again; empty: told each time.
        """
        event_id = uuid5(_MESSAGES, key) if key else new_id()
        told = _plain(notice) | {"event_id": str(event_id), "user_id": _text_or_none(user_id)}
        self._notices.append(told)

    async def issue(
        self,
        command: Command,
        *,
        idempotency_key: str,
        shard: int | None = None,
        parent_id: UUID | None = None,
        ttl: timedelta = COMMAND_TTL,
    ) -> UUID:
        """Ask the daemon to act; the same idempotency key gives the same command.

        Args:
            shard: whose owner must act; None lets any daemon take it.
        """
        statement = (
            insert(CommandRow)
            .values(
                id=new_id(),
                type=command.type,
                payload=dict(command.to_payload()),
                shard=shard,
                parent_id=parent_id,
                idempotency_key=idempotency_key,
                status=CommandStatus.PENDING,
                issued_by=self.actor.user_id,
                surface=self.actor.surface,
                expires_at=self.now + ttl,
                error="",
                claimed_by="",
                request_id=self._request_id,
            )
            .on_conflict_do_nothing(index_elements=["idempotency_key"])
            .returning(CommandRow.id)
        )
        command_id = (await self.session.execute(statement)).scalar_one_or_none()
        if command_id is None:
            found = text("SELECT id FROM commands WHERE idempotency_key = :key")
            command_id = (await self.session.execute(found, {"key": idempotency_key})).scalar_one()
        self._has_commands = True
        self.touch("commands")
        assert isinstance(command_id, UUID)
        return command_id

    async def flush(self, *, commit: bool = False, is_durable: bool = True) -> None:
        """Append the recorded facts and queue the wake-ups, all in one trip.

        Args:
            commit: with them; `begin` asks for it at the end of the block.
            is_durable: wait for the disk.
        """
        await self.session.flush()
        last: list[pipeline.Statement] = [] if is_durable else [(_FORGETFUL, {})]
        if self._facts:
            last.append((_APPEND, {"facts": _dump(self._facts)}))
        if self._notices:
            last.append((_POST, {"notices": _dump(self._notices)}))
            self.touch("notifications")
        if self._topics:
            last.append(notify.statement(notify.CHANGES, ",".join(sorted(self._topics))))
        if self._has_commands:
            last.append(notify.statement(notify.COMMANDS))
        if last:
            await pipeline.run(self.session, *last, commit=commit)
        self._facts.clear()
        self._notices.clear()
        self.told |= self._topics
        self._topics.clear()
        self._has_commands = False

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what happens inside if it raises: rows, facts, messages and wake-ups."""
        kept = (list(self._facts), list(self._notices), set(self._topics), self._has_commands)
        try:
            async with self.session.begin_nested():
                yield
                await self.session.flush()
        except BaseException:
            self._facts, self._notices, self._topics, self._has_commands = kept
            raise

    def _address(self, event: Event, event_id: UUID) -> None:
        """Note who hears of a fact; the people are found when it commits."""
        notice = route(event)
        if notice is None:
            return
        self._notices.append(
            {
                **_plain(notice),
                "event_id": str(event_id),
                "account_id": _text_or_none(getattr(event, "account_id", None)),
                "client_id": _text_or_none(getattr(event, "client_id", None)),
                "actor_id": None if notice.is_for_actor else _text_or_none(self.actor.user_id),
                "call": self._call(event, event_id, notice) if notice.roles else "",
            }
        )

    def _call(self, event: Event, event_id: UUID, notice: Notice) -> str:
        """Return what programs of the desk are told of what its staff hears."""
        return webhooks.body_of(
            event_id=event_id,
            event_type=event.type,
            kind=notice.kind,
            severity=notice.severity,
            at=self.now,
            about=notice.about,
            payload=event.to_payload(),
        )


@asynccontextmanager
async def begin(
    actor: Actor,
    *,
    clock: Clock | None = None,
    is_durable: bool = True,
    is_reserved: bool = False,
) -> AsyncIterator[UnitOfWork]:
    """Open a unit of work; commit it at the end of the block, roll back on an exception.

    Args:
        is_durable: wait for the disk. Without, a crash of the server may lose the commit as if the
            block had never run: only for what will then be done again and adds nothing twice.
        is_reserved: over the connection that is kept free for what must never wait in line.
    """
    async with new_session(is_reserved=is_reserved) as session:
        uow = UnitOfWork(session, actor, now=(clock or SystemClock()).now())
        async with session.begin():
            await apply_actor(session, actor)
            yield uow
            await uow.flush(commit=True, is_durable=is_durable)


def _dump(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()


def _plain(notice: Notice) -> dict[str, Any]:
    return {
        "roles": sorted(notice.roles),
        "is_for_client": notice.is_for_client,
        "channels": {at.value: choice.value for at, choice in notice.channels.items()},
        "severity": notice.severity.value,
        "kind": notice.kind.value,
        "title": notice.title[:200],
        "body": notice.body,
        "words": {
            language.value: [title[:200], body]
            for language, (title, body) in notice.translated.items()
        },
        "about": notice.about[:80],
        "group_key": notice.group[:120],
        "wait_s": GROUP_WAIT_S if notice.group else 0.0,
    }


def _request() -> tuple[str, str]:
    request = requests.current()
    return ("", "") if request is None else (request.id, request.ip)


def _text_or_none(value: UUID | None) -> str | None:
    return None if value is None else str(value)
