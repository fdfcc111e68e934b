"""What a customer agrees to when he registers; its version is known by its text."""

import hashlib

DEFAULT_TERMS = """\
You keep your money on your own exchange account. The desk trades it there with a key that can \
read and trade, and that cannot withdraw or transfer anything.

Trading leveraged futures can lose all the money on the account. No result is promised.

The desk charges the performance fee of the mandate that you sign, on new profit above the highest \
mark reached before, once a month. Commission and funding are charged by your exchange.

You may pause trading, revoke the key or end the relationship at any time. Positions that are open \
then are closed first, or left to you, as you choose.

The desk keeps a record of what it does on your account and of who looked at it."""
VERSION_LENGTH = 12


def version_of(terms: str) -> str:
    """Return a short name of exactly this text."""
    return hashlib.sha256(terms.encode()).hexdigest()[:VERSION_LENGTH]
