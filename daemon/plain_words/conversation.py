"""What was spoken of last in a chat, so that "and last month?" means the same of another time.

Kept in the process for minutes; a restart forgets it, and then the bot asks.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, replace

from daemon.plain_words.entities import MARKS, Entities
from daemon.plain_words.intents import FOLLOWED, Intent
from daemon.plain_words.recogniser import Understanding

LASTS_S = 600.0
CHATS_MAX = 10_000
_JOINING = frozenset(
    """
    and or also same then about what how for in on of the over at by with now again only just
    а і й та и да ще еще теж тоже також также або или що что як как щодо насчет про по за на в у з с
    із со для ну тепер теперь тільки только лише тоді тогда те то ж же там
    """.split()  # noqa: SIM905 - a list of words is easier to read like this
)
_MARK = re.compile("§(?:" + "|".join(MARKS) + ")")


@dataclass(frozen=True, slots=True)
class _Topic:
    intent: Intent
    entities: Entities
    at_s: float


class Conversations:
    """Remembers the last topic of each chat; forgets the quietest when there are many."""

    def __init__(self) -> None:
        self._topics: OrderedDict[int, _Topic] = OrderedDict()

    def follow(self, chat_id: int, understood: Understanding, *, now_s: float) -> Understanding:
        """Return what a message means after those before it, and remember it.

        A half sentence ("and ETH?") goes on from the last question; it never repeats an act.

        Args:
            now_s: monotonic seconds.
        """
        topic = self._topics.get(chat_id)
        if topic is not None and now_s - topic.at_s > LASTS_S:
            topic = None
        if topic is not None and is_half_sentence(understood):
            understood = replace(
                understood,
                intent=topic.intent,
                confidence=1.0,
                entities=understood.entities.over(topic.entities),
            )
        if understood.intent in FOLLOWED:
            self._topics.pop(chat_id, None)
            self._topics[chat_id] = _Topic(understood.intent, understood.entities, now_s)
            while len(self._topics) > CHATS_MAX:
                self._topics.popitem(last=False)
        elif understood.intent is not Intent.NONE:
            self._topics.pop(chat_id, None)
        return understood

    def choose(self, chat_id: int, intent: Intent, entities: Entities, *, now_s: float) -> None:
        """Remember what a button chose in the place of words."""
        if intent in FOLLOWED:
            self._topics[chat_id] = _Topic(intent, entities, now_s)


def is_half_sentence(understood: Understanding) -> bool:
    """Tell whether a message names only something new of which the last question is asked."""
    if understood.entities.is_empty:
        return False
    words = _MARK.sub(" ", understood.told).split()
    return all(word in _JOINING for word in words)
