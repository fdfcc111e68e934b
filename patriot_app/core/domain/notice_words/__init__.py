"""The words of notices in other languages; English stands with the rules themselves.

What fills the places (reasons, figures, names) is told as it was recorded.
"""

from collections.abc import Mapping

from patriot_app.core.domain.notice_words import russian, ukrainian
from patriot_app.core.domain.notification_preferences import Language

TRANSLATED: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    Language.UKRAINIAN: ukrainian.WORDS,
    Language.RUSSIAN: russian.WORDS,
}
"""By language and kind of event: title and body."""
