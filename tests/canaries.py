"""Look for planted secrets wherever they could have come out, in every form they could have taken."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import psycopg

from tests.database import Server

LENGTH_MIN = 10
"""Shorter texts are found by chance in large logs."""


@dataclass
class Canaries:
    """Secrets by kind, and what they look like once they have leaked."""

    planted: dict[str, set[bytes]] = field(default_factory=dict)

    def plant(self, kind: str, secret: str | bytes) -> None:
        """Add a secret, which is in use from now on."""
        raw = secret.encode() if isinstance(secret, str) else secret
        assert len(raw) >= LENGTH_MIN, kind
        self.planted.setdefault(kind, set()).update(forms(raw))

    def found_in(self, content: str | bytes) -> list[str]:
        """Return the kinds of secrets that are in a text or in bytes, in whatever form."""
        raw = content.encode() if isinstance(content, str) else content
        return sorted(
            kind for kind, known in self.planted.items() if any(form in raw for form in known)
        )

    def leaks(self, places: Mapping[str, str | bytes]) -> dict[str, list[str]]:
        """Return what was found where; empty if nothing was found anywhere."""
        return {name: kinds for name, text in places.items() if (kinds := self.found_in(text))}


def forms(secret: bytes) -> set[bytes]:
    """Return a secret as it is, in base64 at each alignment, in hexadecimal and in an address."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    found |= {quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret).rstrip(b"=")
        # The first characters also hold what stood before, the last one what follows.
        inner = encoded[(0, 2, 3)[shift] : -1]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    try:
        found.add(json.dumps(secret.decode())[1:-1].encode())
    except UnicodeDecodeError:
        found.add(repr(secret)[2:-1].encode())
    return found


def whole_database(server: Server, database: str) -> str:
    """Return every row of every table as text, bytes in hexadecimal."""
    found: list[str] = []
    with psycopg.connect(server.uri, dbname=database) as connection:
        for table in _tables(connection):
            rows = connection.execute(f"SELECT to_jsonb(t)::text FROM {table} AS t")  # type: ignore[arg-type]
            found += [row[0] for row in rows]
    return "\n".join(found)


def _tables(connection: psycopg.Connection[tuple[str, ...]]) -> Iterator[str]:
    rows = connection.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
    )
    yield from (row[0] for row in rows.fetchall())
