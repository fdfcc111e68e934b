"""What the sign-in pages show; the forms themselves go to plain routes and never come here."""

from typing import Any

import reflex as rx

from patriot_app.core.queries import sessions as session_queries
from patriot_app.web import routes, sockets
from patriot_app.web.auth import Access, current, requires

PROBLEMS = {
    "credentials": "E-mail, password or code is wrong.",
    "throttled": "Too many tries. Wait a minute and try again.",
    "form": "The form was too old. Try again.",
    "code": "That code is not right or was used already.",
    "weak": "The password needs at least 15 characters.",
    "match": "The two passwords differ.",
    "email": "That is not an e-mail address.",
    "exists": "An administrator exists already. Sign in.",
    "signed_out": "",
    "ended": "Your session has ended. Sign in again.",
    "password_set": "",
}

NEWS = {
    "signed_out": "You are signed out.",
    "password_set": "The new password is set and every session has ended. Sign in with it.",
    "registered": "You are registered. Sign in with your new password.",
}


class SignInState(rx.State):
    """One line above the form, and where to go after it."""

    problem: str = ""
    news: str = ""
    next_path: str = ""
    csrf: str = ""

    @rx.event
    @requires(Access.PUBLIC)
    async def load(self) -> Any:
        """Explain why one is here; on a machine without people, lead to the first administrator."""
        query = self.router.url.query_parameters
        self.problem = PROBLEMS.get(query.get("problem", ""), "")
        self.news = NEWS.get(query.get("problem", ""), "")
        target = query.get("next", "")
        self.next_path = target if routes.is_ours(target) else ""
        is_first = await session_queries.first_run_needed()
        here = routes.bare(self.router.url.path)
        if is_first and here == routes.SIGN_IN:
            return rx.redirect(routes.FIRST_RUN, replace=True)
        if not is_first and here == routes.FIRST_RUN:
            return rx.redirect(routes.SIGN_IN, replace=True)
        return None

    @rx.event
    @requires(Access.SIGNED_IN)
    def load_confirmation(self) -> None:
        """Prepare the confirmation of one's identity."""
        target = self.router.url.query_parameters.get("next", "")
        self.next_path = target if routes.is_ours(target) else ""
        self.csrf = current().csrf_token


sockets.show_on_leaving(SignInState, problem=PROBLEMS["ended"])
