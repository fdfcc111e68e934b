"""Where a desk keeps its state on this machine.

The demo and a real desk live in different homes and a home is marked when it is made, so that
demo keys can never serve a real desk, nor real keys a demo.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CHECKOUT = Path(__file__).resolve().parent.parent

Kind = Literal["demo", "desk"]


class OpsError(Exception):
    """Something on this machine stands in the way; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one desk."""

    path: Path

    @property
    def postgres(self) -> Path:
        """Data of the embedded PostgreSQL."""
        return self.path / "pg"

    @property
    def keys(self) -> Path:
        """Key files, mode 0400."""
        return self.path / "keys"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Process files of the running supervisor."""
        return self.path / "run"

    @property
    def anchors(self) -> Path:
        """Lines of the record's seals; copy them to another machine."""
        return self.path / "anchors"

    @property
    def paper(self) -> Path:
        """State of the paper exchange."""
        return self.path / "paper"

    @property
    def market(self) -> Path:
        """Candles fetched from an exchange."""
        return self.path / "market"


def open_home(kind: Kind, path: Path | None = None) -> Home:
    """Return the home of a desk, made and marked on first use.

    Args:
        path: where; else PATRIOT_HOME, else `.patriot/demo` or `.patriot/desk` in the checkout.

    Raises:
        OpsError: the home belongs to the other kind of desk.
    """
    given = path or (Path(os.environ["PATRIOT_HOME"]) if "PATRIOT_HOME" in os.environ else None)
    home = Home((given or CHECKOUT / ".patriot" / kind).expanduser().resolve())
    home.path.mkdir(parents=True, exist_ok=True, mode=0o755)
    for folder in (home.logs, home.run, home.paper):
        folder.mkdir(exist_ok=True, mode=0o700)
    _mark(home, kind)
    return home


DEFAULT_SEED = 7


def open_demo(path: Path | None, *, replay: Path | None, seed: int) -> Home:
    """Return the home of a demo: each market has its own, because its accounts live in it.

    So another seed or other candles start another world, and the first one is found again.
    """
    if path is not None or "PATRIOT_HOME" in os.environ:
        return open_home("demo", path)
    if replay is None:
        name = "demo" if seed == DEFAULT_SEED else f"demo-seed-{seed}"
    else:
        where = str(replay.expanduser().resolve())
        name = f"demo-replay-{hashlib.sha256(where.encode()).hexdigest()[:8]}"
    return open_home("demo", CHECKOUT / ".patriot" / name)


def demo_homes() -> list[Home]:
    """Return the demo homes of this checkout."""
    return [
        Home(kind.parent)
        for kind in sorted((CHECKOUT / ".patriot").glob("demo*/kind"))
        if kind.read_text().strip() == "demo"
    ]


def _mark(home: Home, kind: Kind) -> None:
    mark = home.path / "kind"
    if not mark.exists():
        mark.write_text(f"{kind}\n")
        return
    found = mark.read_text().strip()
    if found != kind:
        raise OpsError(
            f"{home.path} belongs to a {found}, not to a {kind}: its keys must not be shared."
            " Set PATRIOT_HOME to another folder."
        )
