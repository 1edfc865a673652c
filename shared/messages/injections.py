"""What a name of an item never needs: addresses, numbers to call, and words that call upon people to do something.

Each pattern is searched in at most 256 characters, and takes time in proportion to them. The words are those of messages that
people are cheated with. ``tests/unit/messages`` lists what they refuse wrongly (``genuine_titles_refused.txt``) and what of
hostile titles passes all the same (``hostile_titles_passed.txt``): no list of words knows every language.
"""

import re

_ENDS = "com|net|org|info|biz|xyz|ru|cn|tk|tld|io|ly|online|site|click|link|icu|app|club|live"
ADDRESSES = [
    re.compile(pattern)
    for pattern in (
        # What phones make links of.
        r"\w[.\u3002\u00b7\u0387\u02d9\u066b\u06d4\u2022\u2027\u22c5\ua4f8\u2219\u2e31][^\W\d_]{2}",
        r"\d\.\d+\.\d+\.\d",
        r"://|:\\|\bw[ .]?w[ .]?w\b|[\[(]at[\])]|\bhttps?\b|\bhxxps?\b|\bmailto\b|\bjavascript:|\bxn--",
        rf"\w\s*[.,\u3002_]\s?(?:{_ENDS})\b",
        r"\b(?:punkt|punto|ponto|point|tochka|\u0442\u043e\u0447\u043a\u0430|touka)\s(?:es|it|pt|nl|pl|ru|\u0440\u0443|\u0440\u0444|py|p\u0444)\b",
        r"(?:\u70b9|\u9ede|\u30c9\u30c3\u30c8)\s?(?:com|net|cn|jp)\b|\b(?:dot|comma|period|stop|decimal)\s(?:com|net|c\so\sm)\b",
        r"\b(?:ly|url|com|me)\s?slash\s|\bwa\sme\s\d|\bt\sme\s\w|\bbit\sly\s|\b(?:insta(?:gram)?|tiktok|snapchat|facebook)\b",
        rf"\b(?:dot|punkt|punto|ponto|point|tochka)\s*(?:-\s*)?(?:{_ENDS}|shop|store|me|co|us|uk|de|fr)\b",
        r"\wdot(?:com|net|org|io|ru)\b",
        r"\b\w+\s(?:com|net|org|tld)/\w",
    )
]
NUMBERS = [
    re.compile(pattern)
    for pattern in (
        r"\d{6}",
        r"\d(?:[ ().,/+\u00b7\u2010-\u2015-]{0,3}\d){6}",
        r"\b(?=[a-z]*\d)[a-z0-9]{20}",  # a wallet, a token
    )
]
YEARS = re.compile(r"\b(?:19|20)\d\d ?[-/\u2010-\u2015] ?(?:(?:19|20)?\d\d)\b")
"""A span of years is no number to call."""
_DIGITS = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|hundred|double|triple|null|eins|zwei|drei|vier|funf|sechs|sieben|acht"
    "|neun|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|due|tre|quattro|cinque"
    "|sei|sette|otto|nove|um|dois|sete|oito|een|twee|drie|vijf|zes|zeven|negen|jeden|dwa|trzy|cztery|piec|szesc|siedem|osiem"
)
SPELLED_OUT = re.compile(
    rf"(?:\b(?:{_DIGITS})\b[ ,.-]{{0,2}}){{4}}|(?:(?:zero|one|two|three|four|five|six|seven|eight|nine)\d?){{3}}"
    r"|[\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d]{6}"
    r"|\b(?:dial\s)?nine\W{1,2}(?:one\W{1,2}one|nine\W{1,2}nine)\b|\btel\.?\s?\d|\bpin\s\d{4}\b"
)

_ENGLISH = r"""
    click | tap\s(?:here|the|this|on|to|now) | visit | go\sto | browse\sto | open\sthe\slink | follow\sthe\slink
    download | install\sthe | call(?!\sof\b) | callback | dial\s(?:\W|\d|us|now|this) | phone\sus | ring\sus
    text\b(?!\sbook) | txt | sms | whatsapp | telegram | wechat | signal\sus | dm\sus | reply | respond
    answer\s(?:yes|us|now) | send\s(?:us|me|money|your|a|the|to|\d) | e-?mail\s(?:us|me|your|to)
    contact\s(?:us|me|support) | verify | verification | validate | confirm\w* | log\s?in | login | log\son
    sign\s(?:in|up|on) | password | passcode | credentials | otp | account | accnt | acct | suspended | locked
    blocked | deactivated | hacked | compromised | expired | expires | unauthori[sz]ed | urgent\w* | immediately
    act\snow | final\snotice | last\s(?:warning|chance) | attention\s | dear\s(?:customer|user|client)
    (?:security|fraud)\salert | pay | payment | payable | unpaid | overdue | invoice | owe | debt | refund
    reimburse\w* | wire\s(?:us|me|money|transfer) | transfer\s(?:money|funds|to) | iban | bitcoin | btc | crypto
    usdt | winner | you\swon | have\swon | has\swon | prize | lottery | jackpot | claim | redeem | congratulations
    congrats | (?:your|my|the|our)\sbank | bank\s(?:account|card|details|fraud|transfer) | paypal | zelle | venmo
    cash\s?app | credit\scard | card\s(?:number|details) | cvv | ssn | social\ssecurity | irs | tax | lawsuit
    arrest\w* | fraud\w* | scam\w* | warrant | legal\saction | police\swill | delivery\s(?:failed|fee|problem)
    (?:parcel|package)\s(?:is|was|held|waiting|on) | customs | scan\s(?:me|the|this|qr) | qr\scode | your
    you\s(?:are|can|get|have|must|need|owe|should|were|will|won) | i\s(?:know|am|will|have|need)
    we\s(?:know|will|have|need|are|regret) | join\s(?:us|now|our) | buy\s(?:now|from) | order\snow | subscribe
    unsubscribe | opt\s?(?:in|out) | stop\s(?:to|now) | help\s?line | hot\s?line | customer\s(?:service|support|care)
    support\steam | toll\sfree
"""
_OTHER_LANGUAGES = r"""
    haga\sclic | visite | visitenos | llam[ae]\w* | responda | al\sbanco | confirme | verifi\w+ | cuenta | contrasena
    bloquead[ao] | suspendid[ao] | urgente | pague | ganador | su\s(?:cuenta|pedido|tarjeta|pago) | cliquez | visitez
    appele[rz] | repond\w+ | envoyez | compte | mot\sde\spasse | bloque | suspendu | virement | votre | vous
    votre\scolis | klick\w* | besuch\w* | ruf\w*\s(?:an|sie|uns) | anrufen | antworte\w* | bestatig\w* | konto
    passwort | gesperrt | uberweis\w* | dringend | rechnung | ihr\s(?:konto|paket) | ihre\s(?:karte|bestellung)
    gewonnen | gewinner | clicca | visitate | chiam[aio]\w* | rispond\w+ | conto | bloccato | sospeso | tuo | tua
    vinto | bonifico | clique | ligue | responder | senha | sua\sconta | seu\spedido | bloqueada | pagamento | ganhou
    klik | bel\snu | bezoek | rekening | wachtwoord | geblokkeerd
"""
_FOUL = r"""
    idiots? | idiotas? | bitch\w* | f\W?u\W?c?k\W?(?:you|u|off|er|ing)? | asshole | whores? | sluts? | nazis? | hitler
    n[i1]gger\w* | fagg?ots? | retard\w* | scammers? | porn\w* | viagra | kill\s(?:you|your|u)\w* | go\sdie | die\snow
    drop\sdead | puta | putas | hijo\sde | filho\sda | pendej\w+ | connard\w* | salope | putain | arschloch | hure
    huren\w* | fotze | schlampe | stronz\w+ | puttana | kurwa | klootzak | hoer | te\svoy\sa | te\stuer | ti\sammazzo
    vou\ste | zabije\w* | bring\sdich\sum | free\s(?:money|iphone) | get\srich | u\swon | you\swin
    gift\scards?\s(?:code|number) | send\s(?:cash|gift|btc|money) | ring\s(?:us|this|me|oss|os|now) | press\s(?:here|\d)
    follow\s(?:us|this|me) | write\s(?:to\s)?us | message\s(?:us|me)
    (?:see|check|open)\s(?:our|this)\s(?:website|site|page|link) | (?:card|order)\s(?:declined|cancelled) | boycott\w*
    (?:enter|use|share)\sthe\scode | (?:virus|malware)\s(?:detected|found) | final\swarning | tell\snobody | do\snot\stell
    give\sus
"""
_MORE_LANGUAGES = r"""
    envie\s(?:dinero|dinheiro) | ha\sganado\w* | payez | jetzt\szahlen | zahlen\ssie | geld\ssenden | melden\ssie
    paga\s(?:ora|subito) | visita\sil | invia\sdenaro | bel\sons | betaal\snu | stuur\sgeld | zadzwon\w* | zaplac\w*
    kliknij | odwiedz | wyslij | wygral\w* | twoje\skonto | betala\snu | betal\sn\w | besok\soss | du\shar\svunnit
    soita\s\w+ | maksa\snyt | tilisi | klikkaa | hemen\sara | simdi\sode | hesab\w* | tiklay\w* | kazandin\w* | zavolejte
    zaplatte | vas\sucet | kliknete | sunati | platiti | contul | apasati | hivjon | fizessen | fiokja | kattintson
    goi\sngay | thanh\stoan | tai\skhoan | hubungi | bayar\s\w+ | akun\sanda | tumawag | piga\ssimu
"""
_OTHER_ALPHABETS = (
    "перейдите|позвоните|звоните|нажмите|ответьте|отправьте|подтвердите|аккаунт|пароль|заблокирован|срочно|оплатите|выиграли"
    "|зайдите|отправь|убью|сука|хуй|зателефонуйте|рахунок|натисніть|обадете|акаунт|позовите|καλέστε|πληρώστε|λογαριασμός|κάντε"
    "|ادفع|سأقتلك|التصل|התקשר|שלם עכשיו|החשבון|לחץ|कॉल|भुगतान|आपका|क्लिक|কল করুন|அழைக்க|โทรเลย|จ่ายเงิน|คลิก"
    "|付款|汇款|微信|打电话|中奖|去死|今すぐ|支払|停止|死ね|전화|결제하|당첨"
    "|点击|點擊|访问|訪問|致电|致電|拨打|撥打|回复|回覆|账户|帳戶|密码|密碼|验证|驗證|クリック|電話して|アカウント|パスワード|اتصل|اضغط|حسابك|클릭|전화하세요|계정"
)


def _words(*lists: str) -> str:
    """One alternative for each first letter: tried one after the other, hundreds of words cost a tenth of a millisecond."""
    by_letter: dict[str, list[str]] = {}
    for word in (word.strip() for each in lists for line in each.strip().splitlines() for word in line.split(" | ")):
        letter = word[0] if word[0].isalpha() else ""
        by_letter.setdefault(letter, []).append(word.removeprefix(letter))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())


INSTRUCTIONS = re.compile(rf"\b(?:{_words(_ENGLISH, _OTHER_LANGUAGES, _FOUL, _MORE_LANGUAGES)})\b|{_OTHER_ALPHABETS}")

_CYRILLIC = dict(zip("авекмнорстухіѕјԁһѡё", "abekmhopctyxisjdhwe", strict=True))
_GREEK = dict(zip("αβεικνορτυχω", "abeiknoptuxw", strict=True))
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LATIN = {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "\u0261": "g", "\u0251": "a"}
LOOK_ALIKES = _CYRILLIC | _GREEK | _SMALL_CAPITALS | _LATIN
