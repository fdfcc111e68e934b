"""What the frame shows: who is here, in which mode, what stands still."""

from datetime import datetime, timedelta
from typing import Any

import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.conditions import Cause, Condition
from patriot_app.core.domain.maintenance import Window, say
from patriot_app.core.domain.proposals import ProposalKind
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.queries import deliveries
from patriot_app.core.queries import desk as desk_queries
from patriot_app.core.queries import invitations as invitation_queries
from patriot_app.core.queries import notification_preferences as preference_queries
from patriot_app.core.queries import notifications as notification_queries
from patriot_app.core.queries import proposals as proposal_queries
from patriot_app.core.queries import tickets as ticket_queries
from patriot_app.core.settings import get_settings
from patriot_app.web import format, live, routes
from patriot_app.web.auth import Access, current, requires
from patriot_app.web.shell.registry import FRAMED

HEARTBEAT_STALE_S = 15
TOLD_AHEAD = timedelta(hours=1)
UNREAD_MAX = 99
CHANNEL_NAMES = {"telegram": "Telegram", "email": "e-mail"}
TROUBLE_AFTER_S = 30
"""What is over sooner, such as a stream that reconnects, is on the System page alone."""


class ShellState(rx.State):
    """What the frame shows: who is here, in which mode, what stands still.

    Attributes:
        is_solo: the desk of one person, who needs nobody's second signature.
        deciding: how many proposals of others he may decide about.
        unread: how many messages he has not read, "99+" at most.
        silent: by which channels no message leaves.
        awaiting: how many registered customers the desk has not approved yet.
        asking: how many questions of clients wait for an answer.
        maintenance: what an exchange's maintenance means, one sentence for each.
        standing: what a customer must know who is not, or no longer, admitted.
        zone: IANA name of the time zone that he chose; the script words times in it.
    """

    name: str = ""
    initials: str = ""
    roles: str = ""
    csrf: str = ""
    mode: str = "unknown"
    mode_text: str = ""
    halt: str = ""
    trouble: str = ""
    stale: str = ""
    beat: str = ""
    beat_tone: str = "neutral"
    is_solo: bool = False
    awaiting: int = 0
    asking: int = 0
    unread: str = ""
    silent: str = ""
    deciding: int = 0
    standing: str = ""
    zone: str = ""
    maintenance: list[str] = []

    _place: str = ""

    @rx.event
    @requires(Access.SIGNED_IN)
    async def arrive(self, route: str) -> Any:
        """Fill the frame, follow the page's topics, and send each person to his own area."""
        signed_in = current()
        tab = self.router.session.client_token
        await self._close_left_open(route)
        live.HUB.unsubscribe(tab)
        page = FRAMED.get(route)
        if page is not None and page.area == "console" and not signed_in.actor.is_staff:
            return rx.redirect(routes.PORTFOLIO, replace=True)
        if page is not None and page.refresh:
            live.HUB.subscribe(tab, page.topics, page.refresh)
        self.name, self.csrf = signed_in.actor.name, signed_in.csrf_token
        self.initials = "".join(word[:1] for word in self.name.split()[:2]).upper()
        self.roles = ", ".join(format.label(role.value) for role in sorted(signed_in.actor.roles))
        self.is_solo = signed_in.actor.is_staff and get_settings().four_eyes == "off"
        self.standing = "" if signed_in.actor.is_staff else STANDINGS.get(signed_in.status, "")
        await self._load_desk()
        return None

    async def _close_left_open(self, route: str) -> None:
        """Close the dialogs of the page that was left: a tab's state outlives its reload.

        What was opened on the page that is only now loading stays: a click may overtake the
        loading, and a reload is told from it by the connection over which the click came.
        """
        left = FRAMED.get(self._place)
        for state_class in left.dialogs if left is not None else ():
            state = await self.get_state(state_class)
            if self._place != route or state._is_left_open(self.router.session.session_id):
                state._close_dialogs()
        self._place = route

    @rx.event
    @requires(Access.SIGNED_IN)
    async def refresh(self) -> None:
        """Bring mode, halts and heartbeat up to date."""
        await self._load_desk()

    async def _load_desk(self) -> None:
        actor = current().actor
        desk = await live.shared(
            live.scope_of(actor), "halts heartbeats accounts maintenance", desk_queries.frame, actor
        )
        self.mode, self.mode_text = desk.mode, MODES.get(desk.mode, desk.mode)
        self.halt = desk.halt
        if actor.is_staff:
            self.awaiting = await live.shared(
                live.scope_of(actor), "clients", invitation_queries.awaiting_approval, actor
            )
            self.asking = await live.shared(
                live.scope_of(actor), "tickets", ticket_queries.count_waiting, actor
            )
            kinds = [kind.value for kind in ProposalKind if four_eyes.may_approve(actor, kind)]
            self.deciding = await live.shared(
                str(actor.user_id), "proposals", proposal_queries.waiting_for, actor, kinds
            )
            stopped = await live.shared(
                live.scope_of(actor), "notifications", deliveries.stopped, actor
            )
            self.silent = " and ".join(CHANNEL_NAMES[channel] for channel, _ in stopped)
        unread = await live.shared(
            str(actor.user_id), "notifications", notification_queries.unread, actor
        )
        self.zone = await live.shared(
            str(actor.user_id), "notification_settings", preference_queries.zone, actor
        )
        self.unread = (
            "" if not unread else str(unread) if unread <= UNREAD_MAX else f"{UNREAD_MAX}+"
        )
        now = SystemClock().now()
        self.maintenance = maintenance_texts(desk.maintenance, now=now)
        self.trouble = _trouble_text(desk.condition, now=now) if actor.is_staff else ""
        age = None if desk.beat_at is None else (now - desk.beat_at).total_seconds()
        is_late = age is None or age > HEARTBEAT_STALE_S
        self.beat_tone = "danger" if is_late else "positive"
        self.beat = "Daemon silent" if is_late else "Daemon running"
        self.stale = "" if not is_late else _stale_text(age)


STANDINGS = {
    UserStatus.PENDING_VERIFICATION: "The desk has not approved you yet. You can set up a second"
    " factor meanwhile; accounts can be connected once you are approved.",
    UserStatus.SUSPENDED: "You are suspended. Nothing new is opened on your accounts and none can be"
    " connected. Open positions keep their stops and are closed as planned; you can look at"
    " everything and revoke your keys. Ask the desk what is needed.",
}
MODES = {
    "paper": "Simulated exchange. No real money moves.",
    "demo": "Demo tenant on a simulated exchange. No real money moves.",
    "testnet": "Exchange test network. No real money moves.",
    "live": "Real accounts and real money.",
}


live.HUB.frame_event = live.name_of(ShellState.refresh)


def maintenance_texts(windows: tuple[Window, ...], *, now: datetime) -> list[str]:
    """Return what to say of the windows that run or begin within the hour, each once."""
    shown = (each for each in windows if each.starts_at - now <= TOLD_AHEAD)
    return list(dict.fromkeys(say(each) for each in shown))


def _trouble_text(condition: Condition, *, now: datetime) -> str:
    lasting = [
        why
        for why in condition.why
        if why.cause is not Cause.MAINTENANCE  # has a banner of its own
        and why.since is not None
        and (now - why.since).total_seconds() > TROUBLE_AFTER_S
    ]
    if not lasting:
        return ""
    said = "; ".join(
        f"{why.text} (since {format.moment(why.since, now=now).ago})" for why in lasting
    )
    return f"{condition.trading.capitalize()}: {said}"


def _stale_text(age: float | None) -> str:
    since = "has not reported yet" if age is None else f"last reported {format.relative(age)}"
    return f"The trading daemon {since}. Figures are stale and commands wait."
