"""What an exchange's refusal says of a key, and whose account a key opens."""

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyIssue

_SENTENCES = {
    KeyIssue.UNKNOWN_KEY: (
        "The exchange does not know this key, or does not let it in.",
        "Check that it is complete, belongs to this exchange, still exists there, and lets in the "
        "addresses that we use; then connect it again.",
    ),
    KeyIssue.WRONG_SECRET: (
        "The exchange refused the signature: this secret does not belong to this key.",
        "Copy key and secret again, both from the same key, and connect them.",
    ),
    KeyIssue.ADDRESS_REFUSED: (
        "The exchange does not let this key in from our address.",
        "Add the addresses that we use for you to the key's list at the exchange and connect it "
        "again.",
    ),
    KeyIssue.EXPIRED: (
        "This key has expired.",
        "Create a new key at the exchange, connect it here, and delete this one there.",
    ),
    KeyIssue.CANNOT_READ: (
        "This key may not read the account.",
        "Enable reading for it at the exchange and connect it again.",
    ),
    KeyIssue.ACCOUNT_TAKEN: (
        "This exchange account is connected already under another account here.",
        "One exchange account belongs to exactly one account: connect a key of another one, or ask "
        "us if you did not connect it yourself.",
    ),
    KeyIssue.OTHER_ACCOUNT: (
        "This key belongs to another exchange account than the former key.",
        "Connect a key of the same exchange account, or open a new account here for this one.",
    ),
}

AUTHENTICATION_CODES: dict[Exchange, dict[str, KeyIssue]] = {
    Exchange.BINANCE: {
        "-1022": KeyIssue.WRONG_SECRET,
        "-2008": KeyIssue.UNKNOWN_KEY,
        "-2014": KeyIssue.UNKNOWN_KEY,
        "-2015": KeyIssue.UNKNOWN_KEY,
    },
    Exchange.BYBIT: {
        "10003": KeyIssue.UNKNOWN_KEY,
        "10004": KeyIssue.WRONG_SECRET,
        "10005": KeyIssue.CANNOT_READ,
        "10010": KeyIssue.ADDRESS_REFUSED,
        "33004": KeyIssue.EXPIRED,
    },
}
"""Codes by which an exchange says that it does not let a key in; asking again does not help.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code,
https://bybit-exchange.github.io/docs/v5/error.
"""


def is_refused_key(exchange: Exchange, code: str) -> bool:
    """Tell whether an error code means that the key itself is not let in."""
    return code in AUTHENTICATION_CODES[exchange]


def refusal_of(exchange: Exchange, code: str, *, is_recheck: bool = False) -> KeyFinding:
    """Return what an exchange's "no" to the question about a key comes to; its code is named."""
    issue = AUTHENTICATION_CODES[exchange].get(code, KeyIssue.UNKNOWN_KEY)
    effect = Effect.QUARANTINE if is_recheck else Effect.REFUSE
    found = _finding(issue, effect)
    return KeyFinding(issue, f"{found.says} (Code {code or 'none'}.)", found.do_next, effect)


def identity_findings(
    *, uid: str, former_uid: str, is_taken: bool, is_recheck: bool = False
) -> tuple[KeyFinding, ...]:
    """Return why a key may not stand for this account, given whose exchange account it opens.

    Args:
        uid: of the exchange account that the key opens; "" if the exchange does not tell.
        former_uid: of the account's earlier keys; "" for the first one.
        is_taken: another account here has this exchange account.
    """
    effect = Effect.LOCK if is_recheck else Effect.REFUSE
    if is_taken:
        return (_finding(KeyIssue.ACCOUNT_TAKEN, effect),)
    if uid and former_uid and uid != former_uid:
        return (_finding(KeyIssue.OTHER_ACCOUNT, effect),)
    return ()


def _finding(issue: KeyIssue, effect: Effect) -> KeyFinding:
    says, do_next = _SENTENCES[issue]
    return KeyFinding(issue, says, do_next, effect)
