"""The one cookie of a signed-in browser, as the plain routes set it and the console reads it."""

from http.cookies import CookieError, SimpleCookie

NAME = "__Host-sid"
"""The prefix makes browsers refuse it without Secure, with a Domain, or on another path than /."""


def token_of(cookie_header: str) -> str:
    """Return the session token in a Cookie header; empty: there is none."""
    try:
        morsel = SimpleCookie(cookie_header).get(NAME)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""
