"""What an API key of a person's program looks like, and what is kept of it."""

import hashlib
import hmac
import re
from datetime import timedelta

PREFIX = "pak_live_"
KEYS_MAX = 10
LASTS_MAX = timedelta(days=366)
PER_MINUTE_DEFAULT = 60
PER_MINUTE_MAX = 600
_SHAPE = re.compile(rf"({PREFIX}[0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}")


def prefix_of(key: str) -> str:
    """Return the part that names a key; "" if it cannot be one."""
    found = _SHAPE.fullmatch(key)
    return found.group(1) if found is not None else ""


def hash_secret(key: str, *, pepper: bytes) -> bytes:
    """Return what is kept of a key; random enough that one keyed round suffices."""
    return hmac.new(pepper, f"api-key|{key}".encode(), hashlib.sha256).digest()
