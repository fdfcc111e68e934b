"""/refer: a customer's own code, the links that carry it, and how many came through him."""

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.domain import referrals as codes
from patriot_app.core.queries import referrals, telegram
from patriot_app.core.queries.referrals import OwnReferral
from patriot_app.core.services import referrals as services
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

NAME = "refer"


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read his own code."""
    own = await referrals.own(viewer.actor)
    return screen(viewer, own, bot=(await telegram.bot()).username)


def screen(viewer: Viewer, own: OwnReferral, *, bot: str) -> Screen:
    """Lay out the code, or offer one."""
    if not own.code:
        go = Button(viewer.label("refer.get"), NAME, press=Press.DO)
        return Screen(viewer.say("refer.none"), ((go,),))
    return Screen(
        viewer.say(
            "refer.own",
            code=own.code,
            chat=codes.chat_link(bot, own.code),
            web=codes.web_link(get_settings().public_url, own.code),
            count=own.registered,
        )
    )


async def issue(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Give him a code; whoever has one keeps it."""
    await services.issue(uow)
    return viewer.say("refer.done")
