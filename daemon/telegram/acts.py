"""Carry out what a button or a typed code confirms, asking the matrix again each time."""

from datetime import datetime

from daemon.telegram import gate
from daemon.telegram.screens.registry import ACTS
from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.domain.telegram import PROOF_LASTS
from patriot_app.core.errors import Refused
from patriot_app.core.queries import telegram as queries
from patriot_app.core.services.telegram import menus
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

PROOF_PAGE = "/confirm-identity"


async def take_step(
    uow: UnitOfWork,
    viewer: Viewer,
    press: Press,
    name: str,
    args: tuple[str, ...],
    *,
    telegram_id: int,
) -> str | Screen | None:
    """Do what a pressed button stands for, as far as it is more than showing a screen.

    Returns:
        What is said of an act that is done; the screen of a second step; None: a screen is shown.

    Raises:
        Refused: not permitted, not proved; and what the act raises.
    """
    if press is Press.SHOW:
        return None
    need(viewer, name)
    if press is Press.TYPE:
        choice = (Press.DO.value, name, *args)
        digits = await menus.ask_to_type(uow, choice, telegram_id=telegram_id)
        return Screen(viewer.say("typed", word=name.upper(), digits=digits))
    if press is Press.PROVE:
        return _proof_screen(viewer, name, args)
    if press is Press.PROVED:
        since, *args_of_act = args
        asked_at = datetime.fromisoformat(since)
        if not await queries.has_proved_since(viewer.actor, asked_at, now=viewer.now):
            raise Refused(viewer.label("prove.not"))
        args = tuple(args_of_act)
    return await ACTS[name].carry_out(uow, viewer, args)


def need(viewer: Viewer, name: str) -> None:
    """Refuse an act that the matrix does not open to the viewer.

    Raises:
        Refused: not permitted.
    """
    if name not in ACTS or not gate.may(f"do:{name}", viewer.actor):
        raise Refused(viewer.label("service.not_permitted"))


def _proof_screen(viewer: Viewer, name: str, args: tuple[str, ...]) -> Screen:
    go = Button(viewer.label("prove.go"), name, (viewer.now.isoformat(), *args), Press.PROVED)
    return Screen(
        viewer.say("prove", link=get_settings().public_url + PROOF_PAGE),
        ((go,), (Button(viewer.label("cancel"), "status"),)),
        lasts=PROOF_LASTS,
    )
