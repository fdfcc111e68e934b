"""What a page's address names, read without trusting it."""

from uuid import UUID

NOBODY = UUID(int=0)


def id_of(text: str) -> UUID:
    """Return the id that a text is; nonsense names nothing that exists."""
    try:
        return UUID(text)
    except ValueError:
        return NOBODY
