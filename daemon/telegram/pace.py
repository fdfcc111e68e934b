"""How much one Telegram account may say: a flood costs us one answer and no work."""

from collections import OrderedDict

MESSAGES_PER_MINUTE = 20
MINUTE_S = 60.0
ACCOUNTS_MAX = 10_000


class Pace:
    """Counts messages by account within a minute; forgets the quietest when there are many."""

    def __init__(self) -> None:
        self._counts: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def admit(self, telegram_id: int, *, now: float) -> int:
        """Count a message; return by how many its account is over the limit: 0 lets it pass.

        Args:
            now: monotonic seconds.
        """
        began, count = self._counts.pop(telegram_id, (now, 0))
        if now - began >= MINUTE_S:
            began, count = now, 0
        self._counts[telegram_id] = (began, count + 1)
        while len(self._counts) > ACCOUNTS_MAX:
            self._counts.popitem(last=False)
        return max(0, count + 1 - MESSAGES_PER_MINUTE)
