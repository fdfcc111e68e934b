"""What the bot says of the chat itself (who is connected, what it may not do), in three languages."""

ENGLISH: dict[str, str] = {
    "menu.refer": "Recommend the desk",
    "refer.none": "You have no code yet. Whoever registers with it is known to have come through you.",
    "refer.get": "Get my code",
    "refer.done": "This is your code. It stays yours.",
    "refer.own": "<b>Your code: {code}</b>\nPeople who registered with it: {count}\n\nPass a link on:\n{chat}\n{web}\nYou learn how many they are, not who.",
    "service.recommended": "You come recommended, with the code <code>{code}</code>. The desk works by invitation: ask it, or who sent you here, for one. Write the code into the form when you register.",
    "service.not_permitted": "You may not do this. Ask an administrator of the desk for the role.",
    "menu.web": "The desk's pages",
    "web.text": 'Everything is on <a href="{link}">the desk\'s pages</a>. You sign in there as always; this chat can let you in.',
    "service.help": "/start – who is connected here\n/unlink – disconnect this chat\n/help – this list",
    "service.only_private": "I answer in a private chat only.",
    "service.slow_down": "Too many messages. Please wait a minute.",
    "service.stranger": "This chat is connected with nobody.\n\nYou have an account: sign in on the"
    " desk's page, open <b>Telegram</b> in the menu of your name, and follow the link there.\nYou"
    " were invited: send me the code that the desk gave you.",
    "service.needs_link": "For this, connect the chat first. /start tells how.",
    "service.unknown": "I did not understand.",
    "service.claimed": "Almost done. Go back to the page where you found this link and confirm there"
    " that this chat is yours. Until then nothing is connected.",
    "service.taken_out": "I deleted your last message: it looked like a password, a code or an API"
    " key. Chats are kept on every device and by Telegram. If it was a real one, change it now. Keys"
    " are connected on the desk's page only.",
    "service.stays_in": "Your last message looks like a password, a code or an API key, and I could"
    " not delete it. Delete it yourself, now. If it was a real one, change it. Keys are connected on"
    " the desk's page only.",
    "service.ask_unlink": "Disconnect this chat from the desk? You can connect it again on the"
    " desk's page.",
    "service.unlinked": "Disconnected. This chat shows and does nothing more.",
    "service.kept": "Nothing was changed.",
    "service.allowed": "Yes: the browser is let in as soon as it has asked for your second factor,"
    " if you have one.",
    "service.not_allowed": "No: nobody was let in, and it is written down. If you did not begin this"
    " yourself, nobody has your password yet; never open such links that others send you.",
    "service.failed": "Something went wrong on our side. Please try again.",
    "service.yes_me": "Yes, it is me",
    "service.no": "No",
    "service.yes_disconnect": "Yes, disconnect",
    "service.registration": 'Welcome. <a href="{link}">Register here</a>: the link is yours alone,'
    " works once and for ten minutes. There you choose a password; never write it here. Afterwards"
    " connect this chat under <b>Telegram</b> in the menu of your name.",
    "service.ask_sign_in": "Is it you who signs in?\n\nBrowser: <b>{device}</b>\nAddress:"
    " <code>{ip}</code>\nSince: {began} UTC\n\nPress Yes only if you have just opened the sign-in"
    " page yourself. If somebody sent you this link, press No. No answer until {ends} UTC means No.",
}
UKRAINIAN: dict[str, str] = {
    "menu.refer": "Порадити деск",
    "refer.none": "У вас ще немає коду. Про того, хто з ним зареєструється, буде відомо, що він прийшов через вас.",
    "refer.get": "Отримати мій код",
    "refer.done": "Це ваш код. Він залишиться вашим.",
    "refer.own": "<b>Ваш код: {code}</b>\nЗареєструвалося з ним: {count}\n\nПередайте посилання:\n{chat}\n{web}\nВи бачите, скільки їх, але не хто вони.",
    "service.recommended": "Вас порадили, з кодом <code>{code}</code>. Деск працює за запрошеннями: попросіть його в деску або в того, хто вас надіслав. Впишіть код у форму, коли реєструватиметеся.",
    "service.not_permitted": "Вам цього не дозволено. Попросіть роль в адміністратора деску.",
    "menu.web": "Сторінки деску",
    "web.text": 'Усе є на <a href="{link}">сторінках деску</a>. Входьте там як завжди; цей чат може вас впустити.',
    "service.help": "/start – хто підключений тут\n/unlink – від’єднати цей чат\n/help – цей список",
    "service.only_private": "Я відповідаю лише в приватному чаті.",
    "service.slow_down": "Забагато повідомлень. Зачекайте хвилину.",
    "service.stranger": "Цей чат ні з ким не з’єднаний.\n\nУ вас є обліковий запис: увійдіть на"
    " сторінці деску, відкрийте <b>Telegram</b> у меню свого імені та перейдіть за посиланням.\nВас"
    " запросили: надішліть мені код, який дав деск.",
    "service.needs_link": "Для цього спершу підключіть чат. /start пояснює, як.",
    "service.unknown": "Я не зрозумів.",
    "service.claimed": "Майже готово. Поверніться на сторінку з посиланням і підтвердьте там, що цей"
    " чат ваш. До того нічого не підключено.",
    "service.taken_out": "Я видалив ваше останнє повідомлення: воно схоже на пароль, код або API-ключ."
    " Чати зберігаються на кожному пристрої й у Telegram. Якщо воно справжнє, змініть його зараз."
    " Ключі підключають лише на сторінці деску.",
    "service.stays_in": "Ваше останнє повідомлення схоже на пароль, код або API-ключ, і я не зміг його"
    " видалити. Видаліть його самі, зараз. Якщо воно справжнє, змініть його. Ключі підключають лише"
    " на сторінці деску.",
    "service.ask_unlink": "Від’єднати цей чат від деску? Підключити знову можна на сторінці деску.",
    "service.unlinked": "Від’єднано. Цей чат більше нічого не показує й не робить.",
    "service.kept": "Нічого не змінено.",
    "service.allowed": "Так: браузер буде впущено, щойно він перевірить ваш другий фактор, якщо він є.",
    "service.not_allowed": "Ні: нікого не впущено, і це записано. Якщо починали не ви, вашого пароля"
    " поки ніхто не має; ніколи не відкривайте таких посилань від інших.",
    "service.failed": "У нас щось пішло не так. Спробуйте ще раз.",
    "service.yes_me": "Так, це я",
    "service.no": "Ні",
    "service.yes_disconnect": "Так, від’єднати",
    "service.registration": 'Вітаємо. <a href="{link}">Зареєструйтеся тут</a>: посилання лише ваше,'
    " діє один раз і десять хвилин. Там ви оберете пароль; ніколи не пишіть його тут. Потім"
    " підключіть цей чат у розділі <b>Telegram</b> у меню свого імені.",
    "service.ask_sign_in": "Це ви входите?\n\nБраузер: <b>{device}</b>\nАдреса: <code>{ip}</code>\n"
    "Відколи: {began} UTC\n\nНатискайте «Так», лише якщо щойно самі відкрили сторінку входу. Якщо"
    " посилання вам хтось надіслав, натисніть «Ні». Без відповіді до {ends} UTC це означає «Ні».",
}
RUSSIAN: dict[str, str] = {
    "menu.refer": "Посоветовать деск",
    "refer.none": "У вас ещё нет кода. О том, кто с ним зарегистрируется, будет известно, что он пришёл через вас.",
    "refer.get": "Получить мой код",
    "refer.done": "Это ваш код. Он останется вашим.",
    "refer.own": "<b>Ваш код: {code}</b>\nЗарегистрировалось с ним: {count}\n\nПередайте ссылку:\n{chat}\n{web}\nВы видите, сколько их, но не кто они.",
    "service.recommended": "Вам посоветовали деск, с кодом <code>{code}</code>. Деск работает по приглашениям: попросите его у деска или у того, кто вас прислал. Впишите код в форму при регистрации.",
    "service.not_permitted": "Вам это не разрешено. Попросите роль у администратора деска.",
    "menu.web": "Страницы деска",
    "web.text": 'Всё есть на <a href="{link}">страницах деска</a>. Входите там как обычно; этот чат может вас впустить.',
    "service.help": "/start – кто подключён здесь\n/unlink – отключить этот чат\n/help – этот список",
    "service.only_private": "Я отвечаю только в личном чате.",
    "service.slow_down": "Слишком много сообщений. Подождите минуту.",
    "service.stranger": "Этот чат ни с кем не соединён.\n\nУ вас есть учётная запись: войдите на"
    " странице деска, откройте <b>Telegram</b> в меню своего имени и перейдите по ссылке.\nВас"
    " пригласили: пришлите мне код, который дал деск.",
    "service.needs_link": "Для этого сначала подключите чат. /start объясняет, как.",
    "service.unknown": "Я не понял.",
    "service.claimed": "Почти готово. Вернитесь на страницу со ссылкой и подтвердите там, что этот чат"
    " ваш. До этого ничего не подключено.",
    "service.taken_out": "Я удалил ваше последнее сообщение: оно похоже на пароль, код или API-ключ."
    " Чаты хранятся на каждом устройстве и в Telegram. Если оно настоящее, смените его сейчас. Ключи"
    " подключают только на странице деска.",
    "service.stays_in": "Ваше последнее сообщение похоже на пароль, код или API-ключ, и я не смог его"
    " удалить. Удалите его сами, сейчас. Если оно настоящее, смените его. Ключи подключают только на"
    " странице деска.",
    "service.ask_unlink": "Отключить этот чат от деска? Подключить снова можно на странице деска.",
    "service.unlinked": "Отключено. Этот чат больше ничего не показывает и не делает.",
    "service.kept": "Ничего не изменено.",
    "service.allowed": "Да: браузер будет впущен, как только проверит ваш второй фактор, если он есть.",
    "service.not_allowed": "Нет: никто не впущен, и это записано. Если начинали не вы, вашего пароля"
    " пока ни у кого нет; никогда не открывайте таких ссылок от других.",
    "service.failed": "У нас что-то пошло не так. Попробуйте ещё раз.",
    "service.yes_me": "Да, это я",
    "service.no": "Нет",
    "service.yes_disconnect": "Да, отключить",
    "service.registration": 'Добро пожаловать. <a href="{link}">Зарегистрируйтесь здесь</a>: ссылка'
    " только ваша, действует один раз и десять минут. Там вы выберете пароль; никогда не пишите его"
    " здесь. Потом подключите этот чат в разделе <b>Telegram</b> в меню своего имени.",
    "service.ask_sign_in": "Это вы входите?\n\nБраузер: <b>{device}</b>\nАдрес: <code>{ip}</code>\n"
    "С: {began} UTC\n\nНажимайте «Да», только если сами только что открыли страницу входа. Если ссылку"
    " вам кто-то прислал, нажмите «Нет». Без ответа до {ends} UTC это означает «Нет».",
}
