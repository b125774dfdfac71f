# Терезе. Кім оқиды: дәліздегі шаршаған дәрігер, заңгер, психолог. Қысқа, түсінікті: не болды және не істеу керек.

# Жалпы
opening = Ашылуда…
working = Күте тұрыңыз…
done = Дайын
back = Артқа
choose = Таңдаңыз
copy = Көшіру
copied = Көшірілді.
copy-by-hand = Мәтін белгіленді. Оны қолмен көшіріңіз.
try-again = Қайталау
bar = Бөлімдер
lock = Құлыптау
organisation = Ұйым
good-until = { $when } дейін жарамды.
date-shape = ЖЖЖЖ-АА-КК

# Баптаулар
settings = Баптаулар
ui-language = Қолданба тілі
form-language = Сауалнама тілі
text-size = Мәтін өлшемі
theme = Көрінісі
theme-system = Планшеттегідей
theme-light = Ашық
theme-dark = Күңгірт
theme-contrast = Жоғары контраст
settings-kept = Баптаулар қолданба ашық тұрғанда сақталады.

# Алғашқы іске қосу және кіру
first-title = Осы планшеттегі қойма
first-what = Жазғаныңыздың бәрі осында шифрланған түрде сақталады. Оны тек сіздің құпия сөйлеміңіз ашады.
first-create = Қойма жасау
passphrase = Құпия сөйлем
passphrase-new = Жаңа құпия сөйлем
passphrase-again = Сол сөйлемді тағы бір рет енгізіңіз
passphrase-rule = Кемінде алты сөз немесе жиырма таңба. Кездейсоқ алты сөз алған дұрыс.
passphrase-lost = Ұмытылған сөйлемді қалпына келтіру мүмкін емес. Ондайда планшет ұйымға қайта қабылданады, ал тек осында болған деректер жоғалады.
passphrase-show = Теріп жатқанымды көрсету
unlock-title = Планшет құлыпталған
unlock = Ашу

# Ұйым құру немесе ұйымға қосылу
belong-title = Планшет қай ұйымға тиесілі
belong-how = Не істейсіз
belong-join = Шақыру бойынша қосылу
belong-found = Ұйым құру
found-what = Бұл бір рет, бірінші планшетте жасалады. Осы планшет әкімші болып, қалғандарын қабылдай алады.
found-do = Құру
organisation-name = Ұйымның атауы
your-name = Атыңыз
your-name-seen = Әріптестер сізді осылай көреді.
join-what = Шақыруды әкімші өз планшетінде жасайды. Ол он минут жарамды.
join-invite = Шақыру мәтіні
join-make = Өтінім жасау
join-request = Өтінім: осы мәтінді әкімшіге беріңіз
join-look = Мені қабылдады, тексеру
join-waits = Планшет әлі қабылданған жоқ. Әкімші өтінімді растағанша күтіп, қайта тексеріңіз.
compare-read-out = Осы кодты әкімшіге дауыстап оқып беріңіз. Оның планшетінде де дәл осындай код тұруы тиіс.

# Ұйым
members = Қатысушылар
member-me = (сіз)
member-gone = енді қатысушы емес
member-devices = { $count } планшет
member-name = Жаңа қатысушының аты
member-role = Рөлі
role-member = Қатысушы
role-coordinator = Үйлестіруші
role-admin = Әкімші
roster-code = Тізім коды: { $code }, жазба саны: { $count }. Тізімі бірдей планшеттердің бәрінде код бірдей.
roster-forked = Қатысушылар тізімінің бір орнында екі түрлі жазба тұр. Бұл анықталғанша тізімді өзгертуге болмайды. Үйлестірушіге хабарлаңыз.
admit-title = Планшет қабылдау
admit-what = Шақыру жасап, оны жаңа қатысушыға беріңіз, жауап ретінде өтінімін алып, кодтарды салыстырыңыз.
invite-make = Шақыру жасау
invite-text = Шақыру: осы мәтінді жаңа қатысушыға беріңіз
admit-request = Өтінім мәтіні
admit-compare = Кодты көрсету
compare-same = Осы кодты жаңа планшеттегі кодпен салыстырыңыз. Егер олар бөлек болса, қабылдамаңыз.
admit-do = Кодтар бірдей, қабылдау
admit-done = Планшет қабылданды.
server-title = Сервер
server-none = Сервер көрсетілмеген. Бәрі тек планшеттерде сақталады.
server-change = Серверді көрсету
server-first = Алдымен сервердің әкімшісі осы ұйымды өзінде тіркейді.
server-origin = Сервердің мекенжайы
server-pins = Сервер кілтінің таңбасы
server-pins-hint = Бос орын арқылы жазыңыз. https деп басталатын мекенжайлар үшін қажет.
server-set = Мекенжайды сақтау

# Барулар
visits-title = Менің баруларым
visits-none = Әзірге бару жоқ. Жаңасын жасаңыз немесе әріптесіңіз өзінікін сізге ашқанша күтіңіз.
visit-new = Жаңа бару
visit-title = Топ бұл баруды қалай атайды
visit-title-hint = Мекеменің атауын иықтан асып көрмеуі керек болса, оны жазбаңыз.
visit-facility = Мекеме
visit-kind = Бару түрі
visit-kind-periodic = Мерзімді
visit-kind-interim = Аралық
visit-kind-special = Арнайы
visit-team = Топ
visit-team-hint = Сіз топ жетекшісісіз. Қалғандарын белгілеңіз.
visit-team-alone = Ұйымда әзірге басқа қатысушы жоқ.
visit-forms = Сауалнамалар
visit-forms-hint = Сауалнамалардың нұсқалары осы баруға бекітіледі.
visit-create = Баруды жасау
visit-mine = менің жауаптарым: { $count }
visit-all = барлық жауап: { $count }
visit-differs = алшақтық: { $count }
visit-open = шешілмеген мән: { $count }
visit-only-here = тек осында: { $count }
only-here = { $count } жазба тек осы планшетте бар.
contents = Мазмұны
section-count = { $relevant } тармақтың { $answered } тармағына жауап берілді
section-required = жауабы жоқ міндетті тармақ: { $count }
team-leader = жетекші
team-deputy = орынбасар
team-member = мүше
team-coordinator = үйлестіруші
team-reader = оқиды
team-answers = жауап: { $count }
team-reads-no-more = қолжетімділік тоқтатылған
unreadable-what = Оқу мүмкін болмаған жазба: { $count }. Олар сақталған және алмасу экранында көрсетілген.
waits-what = Басқа планшеттерден ертерек жазба күтілуде: { $count }.

# Орындар
places = Орындар
places-none = Әзірге орын жоқ. Онсыз жауаптар бүкіл мекемеге қатысты болады.
place = Орын
place-whole = Бүкіл мекеме
where-now = Қазір қай жердесіз
where-now-hint = Келесі жауаптар осы орынға қатысты болады. Оны кез келген уақытта жоғарыдан ауыстыруға болады.
place-add = Орын қосу
place-do-add = Қосу
place-added = Орын қосылды.
place-kind = Бұл қандай орын
place-which = Бірнешеу болса, қайсысы
place-which-hint = Мысалы: 2, солтүстік. Камера нөмірі емес.
place-parent = Қай жерде орналасқан
place-parent-none = Жеке тұр

# Сауалнама бөлімі
section-previous = Алдыңғы бөлім
section-next = Келесі бөлім
answer-yes = Иә
answer-partly = Ішінара
answer-no = Жоқ
answer-not_checked = Тексерілмеді
answer-na = Қолданылмайды
answer-clear = Жауапты алып тастау үшін тағы басыңыз
item-required = есепке қажет
item-urgent = Шұғыл
item-not-yet = әзірге есептелген жоқ
item-norm = Норма және дереккөздер
item-norm-norm = Норма
item-norm-sources = Дереккөздер
item-norm-limits = Шектер
evidence = Бұл неге негізделген
evidence-seen = Өзіміз көрдік
evidence-document = Құжат
evidence-testimony-detainee = Ұсталған адамның сөзі
evidence-testimony-staff = Қызметкердің сөзі
note = Жазба
note-no-names = Адамдардың аты-жөнін, камера нөмірін, ерекше белгілерін жазбаңыз.
saved = Сақталды: { $time }
not-saved = Сақталмады.
fault-kept = Сол күйінде сақталды, бірақ тексеріңіз:
others = Әріптестердің жауаптары
others-wait = { $count } әріптес жауап берді. Олардың жауабын өз жауабыңыздан кейін көресіз.
differs = Жауаптар алшақ

# Алшақтықтар
differs-what = Жауаптары алшақ тармақ: { $count }.
differs-show = Көрсету
differs-title = Жауаптар алшақ
differs-explain = Әріптестер әртүрлі көрді. Екі жауап та қалады; ортақ тұжырымды топ талқылауда қабылдайды.
differs-none = Алшақтық жоқ.
differs-open = Тармақты ашу
open-what = Әр планшетте әртүрлі жазылған мән: { $count }.
open-here = Әр планшетте әртүрлі жазылған:
open-choose = Таңдау
open-title = Мәнді таңдау
open-explain = Бұл мәлімет бәріне ортақ, бірақ әртүрлі жазылған. Дұрысын таңдаңыз; қалғандары тарихта сақталады.
open-none = Таңдайтын ештеңе жоқ.
open-do = Бәрі үшін қабылдау
open-chosen = Мән таңдалды.

# Алмасу
sync-title = Сервермен алмасу
sync-now = Қазір алмасу
sync-done = Алмасу аяқталды.
sync-here = Тек осында
sync-here-what = жазба жіберуді күтуде
sync-sending = Жіберілуде
sync-sending-now = Алмасу жүріп жатыр
sync-sending-not = Қазір ештеңе жоқ
sync-server = Серверде
sync-last = Соңғы рет: { $when }
sync-never = Алмасу әлі болған жоқ
sync-failed = Соңғы рет сәтсіз болды.
sync-no-server = Сервер көрсетілмеген. Деректер осы планшетте қалады.
sync-by-itself = Қолданба ашық тұрғанда, желі болса, алмасу өздігінен жүреді.
sync-mark-here = Осында: { $count }
sync-mark-never = Алмасу жоқ
sync-mark-server = Сервер { $time }
sync-mark-trouble = Соңғы алмасу сәтсіз болды
quarantine = Оқылмаған
quarantine-waits = Жазба ертерек жазбаны күтуде.
quarantine-refused = Жазба қабылданбады және бөлек сақталды.
