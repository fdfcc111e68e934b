"""What stands around a notice: the title of a bundle, its end, the foot of a letter."""

from dataclasses import dataclass

from patriot_app.core.domain.notification_preferences import Language


@dataclass(frozen=True, slots=True)
class FrameWords:
    """The words of one language.

    Attributes:
        alike: title of messages that say the same of several accounts.
        bundle: title of other messages that came together.
        rest: the end of a long bundle.
        open_page: what the link is called in a chat, and in a letter `open_product`.
        set_where: says where one chooses what one hears.
        perhaps_seen: in a letter that stands for what a chat may have shown.
    """

    alike: str
    bundle: str
    rest: str
    open_page: str
    open_product: str
    set_where: str
    perhaps_seen: str


FRAMES: dict[Language, FrameWords] = {
    Language.ENGLISH: FrameWords(
        alike="{count} accounts: {title}",
        bundle="{count} messages",
        rest="And {rest} more, in the notification centre.",
        open_page="Open",
        open_product="Open PATRIOT",
        set_where="What you hear, and where, is set under Notifications.",
        perhaps_seen="Telegram may have shown you this already.",
    ),
    Language.UKRAINIAN: FrameWords(
        alike="Рахунків: {count}. {title}",
        bundle="Повідомлень: {count}",
        rest="І ще {rest}, у центрі сповіщень.",
        open_page="Відкрити",
        open_product="Відкрити PATRIOT",
        set_where="Що й де ви отримуєте, обирається в розділі сповіщень.",
        perhaps_seen="Telegram міг уже показати вам це.",
    ),
    Language.RUSSIAN: FrameWords(
        alike="Счетов: {count}. {title}",
        bundle="Сообщений: {count}",
        rest="И ещё {rest}, в центре уведомлений.",
        open_page="Открыть",
        open_product="Открыть PATRIOT",
        set_where="Что и где вы получаете, выбирается в разделе уведомлений.",
        perhaps_seen="Telegram мог уже показать вам это.",
    ),
}
