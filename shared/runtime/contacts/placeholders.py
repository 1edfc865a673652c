"""Placeholders of systems and staff who know nobody: ``0``, ``guest``, ``null``, ``{{ customer.id }}``, ``555-1212``.

It names no person, and is shared by strangers: as a key it would hand one shopper's order to the cart of another.
"""

import re
import unicodedata
from base64 import b64encode
from hashlib import md5, sha1, sha256

from shared.runtime.contacts.text import plain_text

WORDS = """
na none null nil nan undefined void empty blank missing unknown unset notset notprovided notavailable notapplicable
nothing no nope false true guest guests guestuser guestcustomer guestcheckout guestshopper anonymous anon
anonymoususer visitor user customer shopper client buyer nobody noone default dummy placeholder invalid test tbd tbc todo
notloggedin loggedout unauthenticated unauthorized notauthenticated nouser nocustomer noid id uid guid uuid inf infinity
walkin walkincustomer walkins cashcustomer cashsale countersale retailcustomer phoneorder phoneorders telephoneorder
objectobject object nonetype array symbol systemobject noemail nomail noemailaddress nophone
nonumber noname noreply donotreply email mail phone customerid userid changeme replaceme foo bar foobar asdf qwerty fake
invite anonyme inconnu aucun visiteur
gast kunde anonym unbekannt keine kein ohne besucher bezoeker anoniem onbekend geen invitado anonimo
desconocido ninguno visitante ospite sconosciuto nessuno convidado desconhecido nenhum gæst gjest ukendt
ukjent okand ingen vieras tuntematon gosc nieznany anonimowy brak neznamy host vendeg ismeretlen oaspete
anonim necunoscut гость гост аноним неизвестно неизвестный нет гiсть неуказано неавторизован покупатель
misafir bilinmiyor yok ziyaretci επισκεπτης αγνωστος
אורח אנונימי زائر ضيف مجهول ゲスト ゲストユーザー 匿名 匿名用户 匿名用戶 未登录 未登録 未注册 访客 游客 游客用户 訪客 遊客 未知
게스트 손님 비회원 비로그인 로그인안함 khach tamu pengunjung अतिथि 零
"""  # noqa: RUF001 - as the shops of each language write it
FILLERS = """
account address available applicable authenticated cash checkout code counter default empty given here in internet key logged
cust misc name new not number of on one online or order orders other out pos provided ref retail sale selected session set
public shop store string temp temporary the time type value walk web website your my
"""
"""What stands beside such a word without naming anybody: ``walk in customer``, ``YOUR_CUSTOMER_ID_HERE``."""
ABBREVIATED = frozenset({"k.a.", "k. a.", "n.v.t.", "s/n", "s.o.", "s/o", "n.b.", "o.a.", "б/н", "н/д", "в/о"})  # noqa: RUF001
LOOK_ALIKES = str.maketrans("аеорсухіѕјԁոս", "aeopcyxisjdnu")  # noqa: RUF001 - letters of other scripts among Latin ones
LARGEST = frozenset(str(2**bits - 1) for bits in (31, 32, 53, 63, 64))
"""Where a column ends, programs write its end."""
_SPOKEN = ("0", "-1", "null", "none", "undefined", "guest", "anonymous")
_ENCODED = frozenset(b64encode(word.encode()).decode() for word in _SPOKEN)
_DIGESTS = frozenset(
    digest(word.encode(), usedforsecurity=False).hexdigest() for digest in (md5, sha1, sha256) for word in ("", *_SPOKEN)
)
"""Shops hash what they send, and then they hash nothing."""
_BRACKETS = (("{", "}"), ("[", "]"), ("<", ">"), ("%", "%"), ("$", "$"), ("#", "#"), ("*|", "|*"), ("__", "__"), ("@@", "@@"))
_WITHIN = ("{{", "}}", "{%", "%}", "<%", "%>", "<?", "?>", "${", "#{", "[[", "]]", "*|", "|*")
_NUMBER = re.compile(r"-\d+(?:[.,]0+)?|[+-]?(?:0+(?:[.,]0*)?|[.,]0+)(?:e[+-]?\d{1,3})?|0x0+|9{8,}", re.IGNORECASE)
_ONE_SIGN_UUID = re.compile(r"(\w)\1{7}-?(?:\1{4}-?){3}\1{12}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_REPEATED = re.compile(r"(?:null|none|undefined|nan|guest)+")
_PRINTF = re.compile(r"%[sdiu]|%\(\w*\)[sdiu]|#(?:REF|VALUE|NAME|NUM|NULL|DIV/0|N/A|ERROR)[!?]?")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\uff0d]")


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a name, a number or an id of somebody should, and is none."""
    as_typed = unicodedata.normalize("NFKC", text).strip()
    return _names_nobody(as_typed) or ((plain := plain_text(text)) != as_typed and _names_nobody(plain))


def _names_nobody(typed: str) -> bool:
    plain = _DASHES.sub("-", typed)
    word = word_of(plain)
    return (
        not word
        or is_word(word)
        or word in _DIGESTS
        or plain in _ENCODED
        or plain.casefold() in ABBREVIATED
        or _is_number_of_nobody(plain, word)
        or is_template(plain)
        or _means_nobody_in_words(plain)
        or ("://" in plain and is_placeholder(plain.rpartition("/")[2]))
    )


def is_word(word: str) -> bool:
    """Whether a word as ``word_of`` makes it stands for nobody, also with look-alike letters or written twice."""
    latin = word.translate(LOOK_ALIKES)
    return word in _WORDS or latin in _WORDS or _REPEATED.fullmatch(latin) is not None


def _is_number_of_nobody(plain: str, word: str) -> bool:
    return (
        _NUMBER.fullmatch(plain) is not None
        or plain in LARGEST
        or set(word) == {"0"}
        or (len(word) >= 8 and set(word) == {"f"})
        or (len(word) >= 3 and word.isalpha() and len(set(word)) == 1)
        or _ONE_SIGN_UUID.fullmatch(plain) is not None
    )


def _means_nobody_in_words(plain: str) -> bool:
    """``None None``, ``guest_0``, ``id=null``, ``walk in customer``: each part means nobody, or stands beside one that does."""
    apart = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain.replace("'", ""))
    tokens = [word_of(token) for token in "".join(apart).split()]
    sure = [token for token in tokens if is_word(token) or set(token) == {"0"}]
    return len(tokens) > 1 and any(map(is_word, sure)) and all(token in sure or token in _FILLERS for token in tokens)


def word_of(text: str) -> str:
    """A text as a word to compare: no case, no accents, nothing but letters and digits."""
    apart = text.lower() if text.isascii() else unicodedata.normalize("NFD", text.casefold())
    return apart if apart.isalnum() else "".join(c for c in apart if c.isalnum())


_WORDS = frozenset(map(word_of, WORDS.split()))
_FILLERS = frozenset(FILLERS.split())


_RUNS = frozenset(
    "".join(str((first + step * place) % 10) for place in range(10)) for first in range(10) for step in (1, -1)
) | {"1231231234", "1231231231", "13800138000"}
_SHORT = frozenset({"123456789", "12345678", "1234567", "5551234", "5551212"})
_OF_FILMS = re.compile(r"1?(?:\d{3}5551212|555555\d{4}|(\d)\1\1(\d)\2\2(\d)\3{3})|1?(\d\d)\4{4}")
"""Directory assistance, an area that there is not, ``111-222-3333``, ``121-212-1212``: ten digits, or eleven with a 1."""


def is_number_of_nobody(digits: str) -> bool:
    """``0000000000``, ``+1 123 456 7890``, ``555-1212``: what people type who have to type something.

    Ten digits in their order also behind a country's code. Fewer in order may end a number of somebody.
    """
    return (
        digits in _SHORT
        or any(digits[skipped:] in _RUNS for skipped in range(4))
        or _OF_FILMS.fullmatch(digits) is not None
        or (len(digits) >= 7 and len(set(digits[-7:])) == 1)
        or (len(digits) >= 7 and len(set(digits)) == 1)
    )


def is_template(text: str) -> bool:
    """Whether a text is a field that nobody filled in."""
    inner = text.strip("{}[]<>%$#*|_@ ").casefold()
    if _UUID.fullmatch(inner):
        return False  # an id in braces, as some databases write it
    if any(mark in text for mark in _WITHIN) or _PRINTF.fullmatch(text):
        return True
    return any(text.startswith(opens) and text.endswith(closes) and inner for opens, closes in _BRACKETS)
