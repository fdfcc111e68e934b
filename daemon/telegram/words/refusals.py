"""Refusals of services in Ukrainian and Russian, by their English words.

Services word a refusal once, for every surface. A chat says it in the person's language where it
stands here; what is not here, such as one with a name in it, is said as it came.
"""

from patriot_app.core.services.registration import CODE_NOT_GOOD
from patriot_app.core.services.telegram import links, menus, questions, sign_ins, tries

TRANSLATED: dict[str, dict[str, str]] = {
    links.NOT_GOOD: {
        "uk": "Цей код більше не діє. Отримайте новий на сторінці деску «Telegram».",
        "ru": "Этот код больше не действует. Получите новый на странице деска «Telegram».",
    },
    links.TAKEN: {
        "uk": "Цей обліковий запис Telegram уже з кимось з’єднаний. Спершу від’єднайте його там.",
        "ru": "Эта учётная запись Telegram уже с кем-то соединена. Сначала отключите её там.",
    },
    menus.STALE: {
        "uk": "Цей екран застарів; нічого не зроблено. Надішліть команду ще раз.",
        "ru": "Этот экран устарел; ничего не сделано. Отправьте команду ещё раз.",
    },
    menus.WRONG_CODE: {
        "uk": "Це не той код, що був показаний, або його час минув. Нічого не зроблено.",
        "ru": "Это не тот код, что был показан, или его время прошло. Ничего не сделано.",
    },
    questions.TOO_LATE: {
        "uk": "Ці кнопки більше не діють. Нічого не зроблено.",
        "ru": "Эти кнопки больше не действуют. Ничего не сделано.",
    },
    sign_ins.NOT_GOOD: {
        "uk": "Цей вхід більше не діє. Почніть знову на сторінці входу.",
        "ru": "Этот вход больше не действует. Начните снова на странице входа.",
    },
    tries.TOO_MANY: {
        "uk": "Забагато неправильних кодів. Зачекайте десять хвилин, потім отримайте новий.",
        "ru": "Слишком много неправильных кодов. Подождите десять минут, потом получите новый.",
    },
    CODE_NOT_GOOD: {
        "uk": "Цей код більше не діє; попросіть у деску інший.",
        "ru": "Этот код больше не действует; попросите у деска другой.",
    },
    "This question is closed; open it again first": {
        "uk": "Це питання закрите; спершу відкрийте його знову.",
        "ru": "Этот вопрос закрыт; сначала откройте его снова.",
    },
    "This question is closed": {
        "uk": "Це питання закрите.",
        "ru": "Этот вопрос закрыт.",
    },
    "You have written much within an hour; the desk has it all. Wait a little": {
        "uk": "Ви багато написали за годину; деск усе отримав. Трохи зачекайте.",
        "ru": "Вы много написали за час; деск всё получил. Немного подождите.",
    },
    "No change waits for this account": {
        "uk": "Для цього рахунку жодна зміна не чекає.",
        "ru": "Для этого счёта никакое изменение не ждёт.",
    },
    "This account follows no strategy yet": {
        "uk": "Цей рахунок ще не бере участі в жодній стратегії.",
        "ru": "Этот счёт ещё не участвует ни в одной стратегии.",
    },
    "The desk has not admitted you, or has suspended you; ask it for help": {
        "uk": "Деск вас ще не допустив або призупинив; зверніться до нього.",
        "ru": "Деск вас ещё не допустил или приостановил; обратитесь к нему.",
    },
    "There is no such account of yours": {
        "uk": "У вас немає такого рахунку.",
        "ru": "У вас нет такого счёта.",
    },
    "This incident is closed": {
        "uk": "Цей інцидент закритий.",
        "ru": "Этот инцидент закрыт.",
    },
    "Somebody sees to this incident already": {
        "uk": "Цим інцидентом уже хтось займається.",
        "ru": "Этим инцидентом уже кто-то занимается.",
    },
    "This halt was lifted already": {
        "uk": "Цю зупинку вже знято.",
        "ru": "Эта остановка уже снята.",
    },
    "Another person must confirm what you proposed": {
        "uk": "Вашу пропозицію має підтвердити інша людина.",
        "ru": "Ваше предложение должен подтвердить другой человек.",
    },
}


def refusal(language: str, why: str) -> str:
    """Return a refusal in a language, as plain text."""
    return TRANSLATED.get(why, {}).get(language, why)
