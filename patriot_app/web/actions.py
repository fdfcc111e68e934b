"""The only write path of the console: actor, unit of work, service, commit, outcome."""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.commands import COMMAND_TRANSITIONS, CommandStatus
from patriot_app.core.errors import Invalid, NotFound, PatriotError, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.queries import commands as command_queries
from patriot_app.core.services import refusals
from patriot_app.core.unit_of_work import begin
from patriot_app.web import live, routes
from patriot_app.web.auth import Access, current_actor, incident_id, requires
from patriot_app.web.kit.rows import Toast

logger = logging.getLogger(__name__)

T = TypeVar("T")
TOASTS_MAX = 5
FOLLOW_S = 10.0
FOLLOW_STEP_S = 0.25
REASON_LENGTH_MIN = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act.

    Attributes:
        fields: message per form field, when input was wrong.
        command_id: the daemon was asked to act and has not answered yet.
        value: what the service returned.
    """

    ok: bool
    message: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    command_id: UUID | None = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question before an act; kept on the server, so the browser cannot change it.

    Attributes:
        act: which act of the page is asked about.
        subject: the id of what it acts on.
        phrase: must be typed; empty: none.
        token: idempotency key of the act: a double click is one act.
    """

    act: str = ""
    subject: str = ""
    title: str = ""
    consequence: str = ""
    confirm_label: str = "Confirm"
    phrase: str = ""
    token: str = field(default_factory=lambda: str(new_id()))


async def perform(
    service: Callable[..., Coroutine[Any, Any, T]],
    *args: Any,
    done: str,
    is_command: bool = False,
    **kwargs: Any,
) -> Outcome:
    """Run one service in one unit of work as the signed-in actor.

    Args:
        service: `async def f(uow, ...)`; receives the other arguments.
        done: what to say when it went well, such as "Client suspended".
        is_command: the service returns the id of a command that the daemon must carry out.
    """
    actor = current_actor()
    try:
        async with begin(actor) as uow:
            value = await service(uow, *args, **kwargs)
        live.HUB.forget(uow.told)
    except Invalid as error:
        return Outcome(ok=False, message="Please correct the marked fields", fields=error.fields)
    except PatriotError as error:
        if isinstance(error, Refused | NotFound):
            await refusals.note(actor, what=_name_of(service), why=str(error), given=[args, kwargs])
        return Outcome(ok=False, message=str(error))
    except Exception:
        incident = incident_id()
        logger.exception("An act failed", extra={"incident": incident, "user": str(actor.user_id)})
        return Outcome(ok=False, message=f"Something went wrong on our side. Incident {incident}")
    command_id = value if is_command and isinstance(value, UUID) else None
    return Outcome(ok=True, message=done, command_id=command_id, value=value)


def _name_of(service: Callable[..., Any]) -> str:
    return f"{service.__module__.rpartition('.')[2]}.{getattr(service, '__name__', '?')}"


def toast(outcome: Outcome) -> Any:
    """Return the event that shows an outcome; a pending command is followed to its end."""
    if outcome.command_id is not None:
        return ToastState.follow(str(outcome.command_id), outcome.message)
    tone = "positive" if outcome.ok else "danger"
    return ToastState.show(outcome.message, tone)


def say(text: str, *, tone: str = "positive") -> Any:
    """Return the event that shows a short text."""
    return ToastState.show(text, tone)


class ToastState(rx.State):
    """The news at the edge of the screen."""

    toasts: list[Toast] = []

    @rx.event
    @requires(Access.PUBLIC)
    def show(self, text: str, tone: str = "positive") -> None:
        self._put(Toast(id=str(new_id()), title=text, tone=tone))

    @rx.event
    @requires(Access.PUBLIC)
    def dismiss(self, toast_id: str) -> None:
        self.toasts = [item for item in self.toasts if item.id != toast_id]

    @rx.event(background=True)
    @requires(Access.SIGNED_IN)
    async def follow(self, command_id: str, text: str) -> None:
        """Show a command as pending until it is final or ten seconds have passed."""
        async with self:
            self._put(Toast(id=command_id, title=text, detail="In progress …", tone="info"))
        shown = await _outcome_of(UUID(command_id), text)
        async with self:
            self._put(shown)

    def _put(self, item: Toast) -> None:
        others = [other for other in self.toasts if other.id != item.id]
        self.toasts = [*others, item][-TOASTS_MAX:]


async def _outcome_of(command_id: UUID, text: str) -> Toast:
    clock = SystemClock()
    until = clock.monotonic() + FOLLOW_S
    while clock.monotonic() < until:
        try:
            command = await command_queries.get(current_actor(), command_id)
        except NotFound:
            break
        if not COMMAND_TRANSITIONS[command.status]:
            return _final(command_id, text, command.status, command.error)
        await clock.sleep(FOLLOW_STEP_S)
    return Toast(
        id=str(command_id),
        title=text,
        detail="Still running; see System.",
        tone="info",
        href=routes.SYSTEM,
    )


def _final(command_id: UUID, text: str, status: CommandStatus, error: str) -> Toast:
    if status is CommandStatus.SUCCEEDED:
        return Toast(id=str(command_id), title=text, detail="Done.", tone="positive")
    detail = error or f"The command {status.value}."
    return Toast(id=str(command_id), title=text, detail=detail, tone="danger")


class DialogMixin(rx.State, mixin=True):
    """The vars of a page's dialogs: one form and one question at a time.

    A page opens them in its own handlers (`self._open_form("limit")`, `self._ask(Ask(...))`) and
    closes them by `_close_dialogs()` after a good outcome, or by `dismiss` from the dialog itself.
    """

    form: str = ""
    ask: Ask = Ask(token="")
    errors: dict[str, str] = {}

    @rx.event
    @requires(Access.SIGNED_IN)
    def dismiss(self) -> None:
        self._close_dialogs()

    _opened_over: str = ""

    def _open_form(self, name: str) -> None:
        self.form, self.errors = name, {}
        self._opened_over = self.router.session.session_id

    def _ask(self, ask: Ask) -> None:
        self.ask, self.errors = ask, {}
        self._opened_over = self.router.session.session_id

    def _is_left_open(self, socket: str) -> bool:
        """Whether the open dialog was opened over another connection than `socket`."""
        return self._opened_over != socket

    def _close_dialogs(self) -> None:
        self.form, self.ask, self.errors = "", Ask(token=""), {}

    def _confirmed(self, form: "Confirmation") -> bool:
        """Check the typed phrase and the reason against the question that was asked."""
        problems = {}
        if not self.ask.act:
            problems[""] = "The question is no longer open; start again"
        if self.ask.phrase and form.phrase.strip() != self.ask.phrase:
            problems["phrase"] = f"Type exactly: {self.ask.phrase}"
        if len(form.reason.strip()) < REASON_LENGTH_MIN:
            problems["reason"] = "Say why, in a few words"
        self.errors = problems
        return not problems

    def _settle(self, outcome: Outcome) -> Any:
        """Close the dialogs after a success, else show what is wrong; return the toast."""
        if outcome.ok:
            self._close_dialogs()
            return toast(outcome)
        self.errors = outcome.fields or {"": outcome.message}
        return None


class Confirmation(pydantic.BaseModel):
    """What `confirm_dialog` submits."""

    phrase: str = pydantic.Field(default="", max_length=200)
    reason: str = pydantic.Field(default="", max_length=500)
