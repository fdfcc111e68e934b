"""The same form sent twice, by a double click or a browser that tries again, acts once.

Each form carries an id of its own. What a form was answered is kept for a day, under its person and
a hash of that id, in the transaction that acted: whoever sends it again waits for the first and is
shown the first's page.
"""

from hashlib import sha256
from typing import Any

from patriot_app.core.db import served_requests
from patriot_app.core.unit_of_work import UnitOfWork


async def recall(uow: UnitOfWork, what: str, request_id: str, *said: str) -> dict[str, Any] | None:
    """Return what this form was answered; None: it is new, or carries no id.

    Args:
        what: which form, such as "api-key"; at most 60 characters.
        said: what else makes it the same form; other content under the same id is another request.
    """
    if not request_id:
        return None
    return await served_requests.recall(
        uow.session, scope=_scope(uow, what), request_id=_hash(request_id, *said), now=uow.now
    )


async def remember(
    uow: UnitOfWork, what: str, request_id: str, *said: str, answer: dict[str, Any]
) -> None:
    """Keep the answer to a form with the act itself; never a secret, which nobody may read back."""
    if request_id:
        await served_requests.remember(
            uow.session,
            scope=_scope(uow, what),
            request_id=_hash(request_id, *said),
            answer=answer,
            now=uow.now,
        )


def _scope(uow: UnitOfWork, what: str) -> str:
    return f"{what}:{uow.actor.user_id}"


def _hash(*parts: str) -> str:
    return sha256("|".join(parts).encode()).hexdigest()
