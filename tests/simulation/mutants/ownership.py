"""Deliberate bugs in who may trade a shard, and what a successor does first."""

from daemon import lease
from daemon.execution import recovery
from patriot_app.core.services import heartbeats, sending
from tests.simulation.mutants.edits import Edit, Mutant, does_nothing
from tests.simulation.profiles import AT_THE_FENCE, DEAD_DAEMONS, ODD_COMMITS

MUTANTS: dict[str, Mutant] = {
    "expiry_not_guarded": Mutant(
        "a lease that has run out still lets orders pass",
        (
            Edit(
                sending,
                "_MARK_SENDING",
                "AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()",
                "",
            ),
            Edit(
                lease.LeaseKeeper,
                "ready",
                "return () if self.is_fenced else tuple(sorted(self._ready))",
                "return tuple(sorted(self._ready))",
            ),
        ),
        shows=frozenset({"T8"}),
        profile=AT_THE_FENCE,
        seed=2,
    ),
    "successor_does_not_wait": Mutant(
        "a successor trades at once",
        (Edit(lease.LeaseKeeper, "_wait_for_the_predecessor", "if wait > 0:", "if False:"),),
        shows=frozenset({"T8"}),
        profile=DEAD_DAEMONS,
    ),
    "shard_kept_unheard": Mutant(
        "a lease taken by a commit of unknown outcome is renewed for ever",
        (
            Edit(
                heartbeats,
                "_RENEW",
                "lease.shard = held.shard AND lease.epoch = held.epoch AND",
                "",
            ),
        ),
        shows=frozenset({"T17"}),
        profile=ODD_COMMITS,
        seed=4,
    ),
    "recovery_only_once": Mutant(
        "an account that could not be read at a take-over is never read again",
        (does_nothing(recovery, "recover_account", "session = context.sessions.get"),),
        shows=frozenset({"T17"}),
        profile=DEAD_DAEMONS,
        seed=1,
    ),
}
