"""Deliberate bugs that raise: the daemon's loops catch them and go on, the world must not."""

from daemon.execution import entries
from tests.simulation.mutants.edits import Edit, Mutant

MUTANTS: dict[str, Mutant] = {
    "job_fails_unseen": Mutant(
        "the job that ends resting entries fails at every run",
        (
            Edit(
                entries,
                "tend",
                "shards = context.lease.ready",
                "shards = context.lease.ready\n    raise KeyError('shards')",
            ),
        ),
        shows=frozenset({"errors"}),
    ),
}
