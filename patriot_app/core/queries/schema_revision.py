"""Does the database have the schema that this code was written for?"""

import re
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.queries.reader import reading

VERSIONS = Path(__file__).parents[3] / "alembic" / "versions"
_REVISION = re.compile(r'^(down_)?revision(?:: \w+)? = "(\w+)"', re.MULTILINE)


def known_head() -> str:
    """Return the newest revision that this code knows.

    Raises:
        Refused: the migrations are missing, or have more than one end.
    """
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in VERSIONS.glob("*.py"):
        for is_down, revision in _REVISION.findall(path.read_text()):
            (followed if is_down else revisions).add(revision)
    heads = sorted(revisions - followed)
    if len(heads) != 1:
        raise Refused(f"The migrations in {VERSIONS} end in {', '.join(heads) or 'nothing'}")
    return heads[0]


async def check() -> None:
    """See that code and database belong together.

    Raises:
        Refused: they do not; names both versions.
    """
    expected = known_head()
    try:
        async with reading(SYSTEM) as session:
            found = (
                await session.execute(text("SELECT version_num FROM alembic_version"))
            ).scalar_one_or_none()
    except ProgrammingError as error:
        raise Refused(f"The database has no schema; this code needs {expected}") from error
    if found != expected:
        raise Refused(
            f"The database has schema {found}, this code needs {expected}:"
            " run the migrations, or start the version that belongs to it"
        )
