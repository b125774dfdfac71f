# Окно. Кто читает: врач, юрист, психолог в коридоре, уставшие. Коротко, без жаргона, что случилось и что делать.

# Общее
opening = Открывается…
working = Подождите…
done = Готово
back = Назад
choose = Выберите
copy = Скопировать
copied = Скопировано.
copy-by-hand = Текст выделен. Скопируйте его вручную.
try-again = Повторить
bar = Разделы
lock = Заблокировать
organisation = Организация
good-until = Действует до { $when }.
date-shape = ГГГГ-ММ-ДД

# Настройки
settings = Настройки
ui-language = Язык приложения
form-language = Язык анкет
text-size = Размер текста
theme = Вид
theme-system = Как на планшете
theme-light = Светлый
theme-dark = Тёмный
theme-contrast = Высокий контраст
settings-kept = Настройки действуют, пока приложение открыто.

# Первый запуск и вход
first-title = Хранилище на этом планшете
first-what = Всё, что вы запишете, хранится здесь в зашифрованном виде. Открыть это можно только вашей парольной фразой.
first-create = Создать хранилище
passphrase = Парольная фраза
passphrase-new = Новая парольная фраза
passphrase-again = Ещё раз та же фраза
passphrase-rule = Не короче шести слов или двадцати знаков. Лучше всего шесть случайных слов.
passphrase-lost = Забытую фразу восстановить нельзя. Тогда планшет принимают в организацию заново, а то, что было только на нём, пропадает.
passphrase-show = Показать, что я набираю
unlock-title = Планшет заблокирован
unlock = Открыть

# Основать организацию или войти в неё
belong-title = К какой организации относится планшет
belong-how = Что вы делаете
belong-join = Войти по приглашению
belong-found = Основать организацию
found-what = Это делают один раз, на первом планшете. Этот планшет станет администратором и сможет принимать остальные.
found-do = Основать
organisation-name = Название организации
your-name = Ваше имя
your-name-seen = Так вас будут видеть коллеги.
join-what = Администратор создаёт приглашение на своём планшете. Оно действует десять минут.
join-invite = Текст приглашения
join-make = Создать заявку
join-request = Заявка: передайте этот текст администратору
join-look = Меня приняли, проверить
join-waits = Планшет ещё не принят. Подождите, пока администратор подтвердит заявку, и проверьте снова.
compare-read-out = Прочтите этот код администратору вслух. На его планшете должен стоять тот же.

# Организация
members = Участники
member-me = (это вы)
member-gone = больше не участник
member-devices =
    { $count ->
        [one] { $count } планшет
        [few] { $count } планшета
       *[many] { $count } планшетов
    }
member-name = Имя нового участника
member-role = Роль
role-member = Участник
role-coordinator = Координатор
role-admin = Администратор
roster-code = Код списка: { $code }, записей: { $count }. Он одинаков на всех планшетах с тем же списком.
roster-forked = В списке участников на одном месте стоят две разные записи. Пока это не выяснено, список менять нельзя. Сообщите координатору.
admit-title = Принять планшет
admit-what = Создайте приглашение, передайте его новому участнику, получите в ответ заявку и сравните коды.
invite-make = Создать приглашение
invite-text = Приглашение: передайте этот текст новому участнику
admit-request = Текст заявки
admit-compare = Показать код
compare-same = Сравните этот код с кодом на новом планшете. Если они разные, не принимайте.
admit-do = Коды совпали, принять
admit-done = Планшет принят.
server-title = Сервер
server-none = Сервер не указан. Всё хранится только на планшетах.
server-change = Указать сервер
server-first = Сначала администратор сервера регистрирует у себя эту организацию.
server-origin = Адрес сервера
server-pins = Отпечатки ключа сервера
server-pins-hint = Через пробел. Нужны для адресов, которые начинаются с https.
server-set = Сохранить адрес

# Посещения
visits-title = Мои посещения
visits-none = Посещений пока нет. Создайте новое или дождитесь, пока коллега откроет вам своё.
visit-new = Новое посещение
visit-title = Как группа называет это посещение
visit-title-hint = Без названия учреждения, если его не должны увидеть через плечо.
visit-facility = Учреждение
visit-kind = Вид посещения
visit-kind-periodic = Периодическое
visit-kind-interim = Промежуточное
visit-kind-special = Специальное
visit-team = Группа
visit-team-hint = Вы – руководитель группы. Отметьте остальных.
visit-team-alone = В организации пока нет других участников.
visit-forms = Анкеты
visit-forms-hint = Версии анкет закрепляются за посещением.
visit-create = Создать посещение
visit-mine = моих ответов: { $count }
visit-all = всего ответов: { $count }
visit-differs = расхождений: { $count }
visit-open = не решено значений: { $count }
visit-only-here = только здесь: { $count }
only-here =
    { $count ->
        [one] { $count } запись есть только на этом планшете.
        [few] { $count } записи есть только на этом планшете.
       *[many] { $count } записей есть только на этом планшете.
    }
contents = Содержание
section-count = отвечено { $answered } из { $relevant }
section-required = обязательных без ответа: { $count }
team-leader = руководитель
team-deputy = заместитель
team-member = участник
team-coordinator = координатор
team-reader = читает
team-answers = ответов: { $count }
team-reads-no-more = доступ закрыт
unreadable-what = Записей, которые не удалось прочитать: { $count }. Они сохранены и указаны на экране обмена.
waits-what = Ждём более ранних записей с других планшетов: { $count }.

# Места
places = Места
places-none = Мест пока нет. Без них ответы относятся ко всему учреждению.
place = Место
place-whole = Всё учреждение
where-now = Где вы сейчас
where-now-hint = Следующие ответы относятся к этому месту. Сменить его можно вверху в любой момент.
place-add = Добавить место
place-do-add = Добавить
place-added = Место добавлено.
place-kind = Что это за место
place-which = Которое, если их несколько
place-which-hint = Например: 2, северное. Не номер камеры.
place-parent = Где находится
place-parent-none = Отдельно

# Раздел анкеты
section-previous = Предыдущий раздел
section-next = Следующий раздел
answer-yes = Да
answer-partly = Частично
answer-no = Нет
answer-not_checked = Не проверено
answer-na = Не применимо
answer-clear = Нажмите ещё раз, чтобы убрать ответ
item-required = нужно для отчёта
item-urgent = Срочно
item-not-yet = пока не посчитано
item-norm = Норма и источники
item-norm-norm = Норма
item-norm-sources = Источники
item-norm-limits = Пределы
evidence = На чём это основано
evidence-seen = Видели сами
evidence-document = Документ
evidence-testimony-detainee = Слова содержащегося
evidence-testimony-staff = Слова сотрудника
note = Заметка
note-no-names = Без имён, номеров камер и примет людей.
saved = Сохранено в { $time }
not-saved = Не сохранено.
fault-kept = Сохранено как есть, но проверьте:
others = Ответы коллег
others-wait =
    { $count ->
        [one] Ответил { $count } коллега. Ответ будет виден после вашего.
        [few] Ответили { $count } коллеги. Ответы будут видны после вашего.
       *[many] Ответили { $count } коллег. Ответы будут видны после вашего.
    }
differs = Ответы расходятся

# Расхождения
differs-what = Ответы расходятся, пунктов: { $count }.
differs-show = Показать
differs-title = Ответы расходятся
differs-explain = Коллеги увидели по-разному. Оба ответа остаются; что принято, решает группа на обсуждении.
differs-none = Расхождений нет.
differs-open = Открыть пункт
open-what = На разных планшетах записаны разные значения: { $count }.
open-here = На разных планшетах записано по-разному:
open-choose = Выбрать
open-title = Выбрать значение
open-explain = Эти сведения одни для всех, но их записали по-разному. Выберите верное; остальные останутся в истории.
open-none = Выбирать нечего.
open-do = Принять для всех
open-chosen = Значение выбрано.

# Обмен
sync-title = Обмен с сервером
sync-now = Обменяться сейчас
sync-done = Обмен завершён.
sync-here = Только здесь
sync-here-what = записей ждут отправки
sync-sending = Отправляется
sync-sending-now = Идёт обмен
sync-sending-not = Сейчас ничего
sync-server = На сервере
sync-last = Последний раз: { $when }
sync-never = Обмена ещё не было
sync-failed = В последний раз не получилось.
sync-no-server = Сервер не указан. Данные остаются на этом планшете.
sync-by-itself = Пока приложение открыто, обмен идёт сам, когда есть сеть.
sync-mark-here = Здесь: { $count }
sync-mark-never = Нет обмена
sync-mark-server = Сервер { $time }
sync-mark-trouble = Последний обмен не удался
quarantine = Не прочитано
quarantine-waits = Запись ждёт более ранней.
quarantine-refused = Запись отклонена и сохранена отдельно.
