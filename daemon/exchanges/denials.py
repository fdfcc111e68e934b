"""How often in a row an exchange did not let an account's key in."""

from dataclasses import dataclass, replace
from uuid import UUID

from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.key_identity import is_refused_key


@dataclass(frozen=True, slots=True)
class Denial:
    """A run of denials of one opened key; `code` is the exchange's last one."""

    session: AccountSession
    code: str
    times: int


class Denials:
    """Counts what answers say of keys; an answer that lets a key in ends its run."""

    def __init__(self) -> None:
        self._runs: dict[UUID, Denial] = {}

    def keep_out(self, session: AccountSession, code: str) -> None:
        """Take in the code of a request that was refused; most say nothing of the key."""
        if not is_refused_key(session.exchange, code):
            return
        run = self._runs.get(session.account_id)
        if run is None or run.session is not session:
            run = Denial(session, code, 0)
        self._runs[session.account_id] = replace(run, code=code, times=run.times + 1)

    def let_in(self, session: AccountSession) -> None:
        """Take in that a request was carried out."""
        self._runs.pop(session.account_id, None)

    def forget(self, account_id: UUID) -> None:
        """Begin anew, after the key was changed or set aside."""
        self._runs.pop(account_id, None)

    def at_least(self, times: int) -> list[Denial]:
        """Return the keys that were kept out so often in a row."""
        return [run for run in self._runs.values() if run.times >= times]
