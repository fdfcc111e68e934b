"""What the bot says: the only place with copy. Everything that people chose is escaped."""

from html import escape

from patriot_app.core.services.telegram.sign_ins import Asking

COMMANDS = (
    ("start", "Who is connected here"),
    ("help", "What this bot can do"),
    ("unlink", "Disconnect this chat from the desk"),
)
"""The menu of every chat."""

HELP = (
    "/start – who is connected here\n/unlink – disconnect this chat\n/help – this list\n\n"
    "Never write a password, a code of your app or an API key here. Nobody of the desk asks for one."
)
ONLY_PRIVATE = "I answer in a private chat only."
SLOW_DOWN = "Too many messages. Please wait a minute."
STRANGER = (
    "This chat is connected with nobody.\n\nYou have an account: sign in on the desk's page, open"
    " <b>Telegram</b> in the menu of your name, and follow the link there.\nYou were invited: send"
    " me the code that the desk gave you."
)
NEEDS_LINK = "For this, connect the chat first. /start tells how."
NOT_PERMITTED = "You may not do this. Ask an administrator of the desk for the role."
CLAIMED = (
    "Almost done. Go back to the page where you found this link and confirm there that this chat is"
    " yours. Until then nothing is connected."
)
TAKEN_OUT = (
    "I deleted your last message: it looked like a password, a code or an API key. Chats are kept on"
    " every device and by Telegram. If it was a real one, change it now. Keys are connected on the"
    " desk's page only."
)
STAYS_IN = (
    "Your last message looks like a password, a code or an API key, and I could not delete it."
    " Delete it yourself, now. If it was a real one, change it. Keys are connected on the desk's"
    " page only."
)
ASK_UNLINK = "Disconnect this chat from the desk? You can connect it again on the desk's page."
UNLINKED = "Disconnected. This chat shows and does nothing more."
KEPT = "Nothing was changed."
ALLOWED = (
    "Yes: the browser is let in as soon as it has asked for your second factor, if you have one."
)
NOT_ALLOWED = (
    "No: nobody was let in, and it is written down. If you did not begin this yourself, nobody has"
    " your password yet; never open such links that others send you."
)
FAILED = "Something went wrong on our side. Please try again."
YES_IT_IS_ME = "Yes, it is me"
NO = "No"
YES_DISCONNECT = "Yes, disconnect"


def unknown(is_connected: bool) -> str:
    """Return the answer to what the bot does not understand."""
    return f"I did not understand.\n\n{HELP if is_connected else STRANGER}"


def refused(why: str) -> str:
    """Return why something was not done."""
    return escape(why)


def registration(link: str) -> str:
    """Return the way to the registration."""
    return (
        f'Welcome. <a href="{escape(link)}">Register here</a>: the link is yours alone, works once'
        " and for ten minutes. There you choose a password; never write it here. Afterwards connect"
        " this chat under <b>Telegram</b> in the menu of your name."
    )


def ask_sign_in(asking: Asking) -> str:
    """Return the question whether it is he who signs in."""
    return (
        "Is it you who signs in?\n\n"
        f"Browser: <b>{escape(asking.device)}</b>\nAddress: <code>{escape(asking.ip)}</code>\n"
        f"Since: {asking.began_at:%Y-%m-%d %H:%M:%S} UTC\n\n"
        "Press Yes only if you have just opened the sign-in page yourself. If somebody sent you this"
        f" link, press No. No answer until {asking.ends_at:%H:%M:%S} UTC means No."
    )
