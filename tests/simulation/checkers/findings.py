"""What one invariant found in one world."""

from collections.abc import Sequence
from typing import NamedTuple


class Findings(NamedTuple):
    """Attributes: `cases` how often the world came to the point; `violations` in words."""

    cases: int
    violations: Sequence[str] = ()
