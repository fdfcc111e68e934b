"""python -m daemon.audit: exit 0 if the record is whole, 1 with what is not, 2 if unable."""

import argparse
import asyncio
import sys
from pathlib import Path

from daemon import anchors
from daemon.audit.checker import Audit, Auditor
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import record
from patriot_app.core.settings import get_settings, read_key

AUDITOR = Actor(user_id=None, name="auditor", roles=frozenset(), surface="cli")
SHOWN_MAX = 20


async def audit(keys: list[Path], anchor_file: Path | None) -> Audit:
    """Read the record as the database's auditor."""
    engine = create_engine(get_settings().database_url, process_name="patriot-audit", pool_size=1)
    use_engine(engine)
    try:
        async with record.opened(AUDITOR) as book:
            auditor = Auditor(
                book,
                public_keys=[read_key(path, name="--key") for path in keys],
                anchors=None if anchor_file is None else anchors.read(anchor_file),
                now=SystemClock().now(),
            )
            return await auditor.run()
    finally:
        await engine.dispose()


def render(found: Audit) -> str:
    """Return the report."""
    when = "never" if found.sealed_at is None else found.sealed_at.isoformat(timespec="seconds")
    lines = [
        f"{found.events} events in {found.streams} streams, {found.checkpoints} checkpoints"
        f" ({found.anchored} kept elsewhere), newest {when}"
    ]
    lines += [f"  {finding.place} {finding.problem}" for finding in found.findings[:SHOWN_MAX]]
    left = len(found.findings) - SHOWN_MAX
    if left > 0:
        lines.append(f"  … and {left} more")
    lines.append("The record is NOT whole." if found.findings else "The record is whole.")
    return "\n".join(lines)


def main() -> int:
    """Run and say why if it cannot."""
    parser = argparse.ArgumentParser(prog="python -m daemon.audit", description=__doc__)
    parser.add_argument("--anchors", type=Path, help="file of checkpoint lines kept elsewhere")
    parser.add_argument("--key", type=Path, action="append", required=True, help="public key file")
    arguments = parser.parse_args()
    try:
        found = asyncio.run(audit(arguments.key, arguments.anchors))
    except PatriotError as error:
        print(f"Cannot audit: {error}", file=sys.stderr)
        return 2
    print(render(found))
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
