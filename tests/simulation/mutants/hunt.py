"""See that the worlds catch every deliberate bug; the seed that caught one is tried first."""

from dataclasses import dataclass

from tests.simulation.laboratory import Laboratory
from tests.simulation.mutants import (
    answers,
    jobs,
    maintenance,
    ownership,
    planning,
    protection,
    reading,
    sending,
    slicing,
)
from tests.simulation.mutants.edits import Mutant, mutated
from tests.simulation.profiles import chance_of

MUTANTS: dict[str, Mutant] = {
    **sending.MUTANTS,
    **answers.MUTANTS,
    **ownership.MUTANTS,
    **reading.MUTANTS,
    **protection.MUTANTS,
    **planning.MUTANTS,
    **slicing.MUTANTS,
    **jobs.MUTANTS,
    **maintenance.MUTANTS,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `seed` is None if it was missed."""

    name: str
    seed: int | None
    tried: int
    violation: str

    def text(self) -> str:
        """Return one line for people."""
        if self.seed is None:
            return f"MISSED {self.name} in {self.tried} seeds"
        return (
            f"caught {self.name} by seed {self.seed} ({self.tried} tried): {self.violation[:110]}"
        )


def hunt(laboratory: Laboratory, name: str, *, cap: int) -> Verdict:
    """Run seeds under a mutant until one catches it: violated with the bug, and not without."""
    mutant = MUTANTS[name]
    seeds = [mutant.seed, *(seed for seed in range(cap) if seed != mutant.seed)]
    for tried, seed in enumerate(seeds, 1):
        with mutated(mutant):
            shown = _shown(laboratory, seed, mutant)
        if shown and not _shown(laboratory, seed, mutant):
            return Verdict(name, seed, tried, shown[0])
    return Verdict(name, None, len(seeds), "")


def _shown(laboratory: Laboratory, seed: int, mutant: Mutant) -> list[str]:
    """Return what a world violates of the invariants that the mutant should break."""
    result = laboratory.run(seed, chance=chance_of(seed, mutant.profile))
    return [what for what in result.violations if what.partition(" ")[0] in mutant.shows]
