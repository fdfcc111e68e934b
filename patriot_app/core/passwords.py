"""Hash and check passwords in a pool of two threads, so that sign-ins cannot starve the console.

The pepper stays outside the database: a stolen table alone cannot be guessed against.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
HASHES_AT_ONCE = 2
_pool = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")
_decoys: dict[tuple[int, int], str] = {}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes; 64 MiB and 3 passes take about 170 ms on one core."""

    memory_kib: int
    passes: int


async def hash_password(password: str, *, pepper: bytes, cost: Cost) -> str:
    """Return the encoded argon2id hash of a peppered password."""
    return await _run(_hasher(cost).hash, _peppered(password, pepper))


async def check_password(encoded: str | None, password: str, *, pepper: bytes, cost: Cost) -> bool:
    """Tell whether a password is right.

    Without a hash (no such person) the same work is done on a decoy, so that the answer takes as
    long and says nothing.
    """
    hasher = _hasher(cost)
    if encoded is None:
        await _run(_verify, hasher, await _decoy(hasher, cost), _peppered(password, pepper))
        return False
    return await _run(_verify, hasher, encoded, _peppered(password, pepper))


def needs_rehash(encoded: str, *, cost: Cost) -> bool:
    """Tell whether a hash was made with another cost than today's."""
    return _hasher(cost).check_needs_rehash(encoded)


def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1, hash_len=32, salt_len=16
    )


def _peppered(password: str, pepper: bytes) -> str:
    return hmac.new(pepper, password.encode(), hashlib.sha256).hexdigest()


def _verify(hasher: PasswordHasher, encoded: str, peppered: str) -> bool:
    try:
        return hasher.verify(encoded, peppered)
    except (VerificationError, InvalidHashError):
        return False


async def _decoy(hasher: PasswordHasher, cost: Cost) -> str:
    key = (cost.memory_kib, cost.passes)
    if key not in _decoys:
        _decoys[key] = await _run(hasher.hash, "decoy")
    return _decoys[key]


async def _run(work: Callable[..., T], *arguments: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_pool, work, *arguments)
