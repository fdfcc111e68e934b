"""How fast the bot may speak: Telegram's limits, with room left for its answers.

Telegram takes about 30 messages a second in all, one a second in a chat and 20 a minute in a group,
and says how long to be silent when it was too much.
"""

from collections import deque

SECOND_S = 1.0
ALL_PER_SECOND = 25
"""Of 30: who asks the bot something is answered at once, whatever waits to be told."""
CHAT_EVERY_S = 1.05
GROUP_EVERY_S = 3.05
SILENCE_S_MAX = 3_600.0


class ChatPace:
    """What was said lately, in monotonic seconds; a chat id below zero is a group."""

    def __init__(self, *, per_second: int = ALL_PER_SECOND) -> None:
        self._per_second = per_second
        self._said: deque[float] = deque()
        self._rests: dict[int, float] = {}
        self._silent_until = 0.0

    def room(self, now: float) -> int:
        """Return how many messages may leave at this moment."""
        if now < self._silent_until:
            return 0
        while self._said and now - self._said[0] >= SECOND_S:
            self._said.popleft()
        return max(0, self._per_second - len(self._said))

    def resting(self, now: float) -> list[int]:
        """Return the chats that must not be written to yet."""
        self._rests = {chat: until for chat, until in self._rests.items() if until > now}
        return list(self._rests)

    def note(self, chat_id: int, now: float) -> None:
        """Count a message that leaves now."""
        self._said.append(now)
        self._rests[chat_id] = now + (GROUP_EVERY_S if chat_id < 0 else CHAT_EVERY_S)

    def hush(self, seconds: float, now: float) -> None:
        """Say nothing at all for a while, as Telegram asked or because it does not answer."""
        assert seconds >= 0
        self._silent_until = max(self._silent_until, now + min(seconds, SILENCE_S_MAX))

    def silent_for(self, now: float) -> float:
        """Return for how many seconds nothing may be said."""
        return max(0.0, self._silent_until - now)
