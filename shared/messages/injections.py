"""What a name of an item never needs: addresses, numbers to call, and words that tell people to do something.

Each pattern is searched in at most 256 characters, and takes time in proportion to them. The words are those of messages that
people are cheated with; what they refuse wrongly is listed in ``tests/unit/messages/genuine_titles_refused.txt``.
"""

import re

_ENDS = "com|net|org|info|biz|xyz|ru|cn|tk|tld|io|ly|online|site|click|link|icu|app|club|live"
ADDRESSES = [
    re.compile(pattern)
    for pattern in (
        r"\w[.\u3002\u00b7\u0387\u02d9\u066b\u06d4\u2022\u2027\u22c5\ua4f8][^\W\d_]{2}",  # what phones make links of
        r"\d\.\d+\.\d+\.\d",
        r"://|:\\|\bwww\b|\bhttps?\b|\bhxxps?\b|\bmailto\b|\bjavascript:|\bxn--",
        rf"\w\s*[.,\u3002]\s?(?:{_ENDS})\b",
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
SPELLED_OUT = re.compile(r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[ ,.-]{0,2}){4}")

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
_OTHER_ALPHABETS = (
    "перейдите|позвоните|звоните|нажмите|ответьте|отправьте|подтвердите|аккаунт|пароль|заблокирован|срочно|оплатите|выиграли"
    "|点击|點擊|访问|訪問|致电|致電|拨打|撥打|回复|回覆|账户|帳戶|密码|密碼|验证|驗證|クリック|電話して|アカウント|パスワード|اتصل|اضغط|حسابك|클릭|전화하세요|계정"
)


def _words(*lists: str) -> str:
    """One alternative for each first letter: tried one after the other, hundreds of words cost a tenth of a millisecond."""
    by_letter: dict[str, list[str]] = {}
    for word in (word.strip() for each in lists for line in each.strip().splitlines() for word in line.split(" | ")):
        letter = word[0] if word[0].isalpha() else ""
        by_letter.setdefault(letter, []).append(word.removeprefix(letter))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())


INSTRUCTIONS = re.compile(rf"\b(?:{_words(_ENGLISH, _OTHER_LANGUAGES)})\b|{_OTHER_ALPHABETS}")

_CYRILLIC = dict(zip("авекмнорстухіѕјԁһѡё", "abekmhopctyxisjdhwe", strict=True))
_GREEK = dict(zip("αβεικνορτυχω", "abeiknoptuxw", strict=True))
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LATIN = {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "\u0261": "g", "\u0251": "a"}
LOOK_ALIKES = _CYRILLIC | _GREEK | _SMALL_CAPITALS | _LATIN
