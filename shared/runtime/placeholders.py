"""What systems write where they know nobody: ``0``, ``guest``, ``null``, ``{{ customer.id }}``. It names no person."""

import re
import unicodedata
from hashlib import md5, sha1, sha256

WORDS = """
na none null nil nan undefined void empty missing unknown unset notset notprovided notavailable notapplicable
nothing no false true guest guests guestuser guestcustomer guestcheckout guestshopper anonymous anon
anonymoususer visitor user customer shopper client buyer nobody default dummy placeholder invalid test tbd
notloggedin loggedout walkin walkincustomer objectobject object nonetype noemail nomail noemailaddress nophone
nonumber noname noreply donotreply email mail phone customerid userid invite anonyme inconnu aucun visiteur
gast kunde anonym unbekannt keine kein ohne besucher bezoeker anoniem onbekend geen invitado anonimo
desconocido ninguno visitante ospite sconosciuto nessuno convidado desconhecido nenhum gæst gjest ukendt
ukjent okand ingen vieras tuntematon gosc nieznany anonimowy brak neznamy host vendeg ismeretlen oaspete
anonim necunoscut гость гост аноним неизвестно нет гiсть misafir bilinmiyor yok ziyaretci επισκεπτης αγνωστος
אורח אנונימי زائر ضيف مجهول ゲスト 匿名 未登録 访客 游客 訪客 遊客 未知 게스트 손님 비회원 khach tamu pengunjung अतिथि
"""  # noqa: RUF001 - as the shops of each language write it
_DIGESTS = frozenset(
    digest(word.encode(), usedforsecurity=False).hexdigest()
    for digest in (md5, sha1, sha256)
    for word in ("", "0", "-1", "null", "none", "undefined", "guest", "anonymous")
)
"""Shops hash what they send, and then they hash nothing."""
_BRACKETS = (("{", "}"), ("[", "]"), ("<", ">"), ("%", "%"), ("$", "$"), ("#", "#"), ("*|", "|*"), ("__", "__"), ("@@", "@@"))
_WITHIN = ("{{", "}}", "{%", "%}", "<%", "%>", "<?", "?>", "${", "#{", "[[", "]]", "*|", "|*")
_NUMBER = re.compile(r"-\d+(?:\.0+)?|\+?0*(?:[.,]0+)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a name, a number or an id of somebody should, and is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    word = word_of(plain)
    return (
        not word
        or word in _WORDS
        or word in _DIGESTS
        or _NUMBER.fullmatch(plain) is not None
        or set(word) == {"0"}
        or (len(word) >= 8 and set(word) == {"f"})
        or _is_template(plain)
        or ("://" in plain and is_placeholder(plain.rpartition("/")[2]))
    )


def word_of(text: str) -> str:
    """A text as a word to compare: no case, no accents, nothing but letters and digits."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in apart if c.isalnum())


_WORDS = frozenset(map(word_of, WORDS.split()))


def is_repeated_digit(digits: str) -> bool:
    """``0000000000``, ``+1 111 111 1111``, ``1234567890``: what people type who have to type something."""
    if digits in ("1234567890", "0123456789", "123456789", "12345678", "1234567", "9876543210", "0987654321", "1231231234"):
        return True
    return any(len(set(digits[skipped:])) == 1 for skipped in range(4) if len(digits) - skipped >= 7)


def _is_template(text: str) -> bool:
    inner = text.strip("{}[]<>%$#*|_@ ").casefold()
    if _UUID.fullmatch(inner):
        return False  # an id in braces, as some databases write it
    if any(mark in text for mark in _WITHIN):
        return True
    return any(text.startswith(opens) and text.endswith(closes) and inner for opens, closes in _BRACKETS)
