"""E-mail addresses: every spelling of one mailbox is one key, and where a text may mean two, evidence keeps both."""

import re
from collections.abc import Iterator
from contextlib import suppress

import idna

from shared.runtime.contacts.placeholders import is_placeholder, is_template, word_of
from shared.runtime.contacts.text import Readings, plain_text

LONGEST_ADDRESS = 254
MOST_READINGS = 5
GOOGLE = frozenset({"gmail.com", "googlemail.com"})
TAGGED_BY_PLUS = GOOGLE | {
    *("outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com"),
    *("fastmail.com", "fastmail.fm", "proton.me", "protonmail.com", "pm.me", "zoho.com", "yandex.com"),
}
"""Mailboxes of people where what follows a plus leads to the same one, by their keepers' own documentation.

Elsewhere a plus may part people: relays write the person behind it. For speech nothing is ever merged.
"""
NO_MAILBOX_WORDS = """
noemail nomail noemailaddress nomailaddress noaddress noemailgiven noemailprovided noemailonfile nonegiven noneprovided
hasnoemail doesnothaveemail donthaveemail withoutemail emailnotprovided notprovided notavailable notapplicable
refused declined refusedemail declinedemail noreply donotreply dontreply none null nil undefined unknown nan
anonymous anon nobody noone guest guestuser guestcheckout guestcustomer invalid invalidemail fakeemail
walkin walkincustomer phoneorder phoneorders telephoneorder telephoneorders cashcustomer retailcustomer
keineemail keinemail keine ohneemail pasdemail pasdeemail sansemail sansmail aucunemail aucun sinemail sincorreo nocorreo
notienecorreo notieneemail senzaemail nessunaemail nessuna sememail semmail naotem naotememail geenemail geenmail
ingenemail ingenmail eisahkopostia brakemaila brakmaila brak bezemaila bezemailu nemaemaila nincsemail yokemail нетпочты нет
"""
NO_MAILBOX = frozenset(NO_MAILBOX_WORDS.split())
"""Before the @ these name no mailbox on any host: staff who key in an order that was phoned in must type something."""
NO_MAILBOX_ON = NO_MAILBOX | {"na", "no", "email", "mail", "example", "test", "localhost", "nowhere", "noemailhere"}
SHORT_WORDS = frozenset({"na", "no", "n", "x"})
"""Nobody's beside a host that is nobody's too: elsewhere they may be somebody's initials."""
EXAMPLES = frozenset({"user", "customer", "email", "name", "yourname", "your", "youremail", "firstname", "someone", "somebody"})
EXAMPLE_HOSTS = frozenset({"example", "domain", "yourdomain", "mydomain", "email", "mail", "company", "website", "yourcompany"})
KEYBOARD = frozenset(
    {"abc", "abcd", "asd", "asdf", "asdfg", "qwe", "qwerty", "123", "1234", "12345", "123456", "fake", "sample", "dummy"}
)

_SCHEME = re.compile(r"^(?:mailto|e-?mail)\s*:(?://)?", re.IGNORECASE)
_BRACKETED = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")
_COMMENT = re.compile(r"\([^()@]*\)")
_BETWEEN = re.compile(r"[\s,;|<>\"()\[\]/]+")
_EDGES = " \t\"'`“”„‘’‚«»<>()[]{}.,;:|\\"  # noqa: RUF001 - quotation marks of several languages
_UNFIT = re.compile(r"[\s,;<>()\"\\\[\]@]")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")


def email_readings(raw: str) -> Readings:
    """The mailboxes that a field may name. Sure is the one that it names alone."""
    text = _normalized(raw)
    if _names_nobody(text):
        return Readings(None, ())
    if (alone := _address(text)) is not None:
        local, hosts = alone
        readings = [f"{local}@{host}" for host in hosts] + list(_same_mailbox(local, hosts[0]))
        readings += [other for other in _unresolved(raw) if other not in readings]
        kept = tuple(dict.fromkeys(each for each in readings if not _is_nobody(each)))[:MOST_READINGS]
        return Readings(kept[0] if kept else None, kept)
    found = [_address(piece.strip(_EDGES)) for piece in _pieces(text)]
    several = [f"{each[0]}@{host}" for each in found if each is not None for host in each[1]]
    return Readings(None, tuple(dict.fromkeys(each for each in several if not _is_nobody(each)))[:MOST_READINGS])


def _normalized(raw: str) -> str:
    """Without what mail programs and pages put around an address. What was wrapped twice is unwrapped twice."""
    text = raw
    for _ in range(4):
        before, text = text, _unwrapped(plain_text(text))
        if text == before:
            break
    return text


def _unwrapped(text: str) -> str:
    scheme = _SCHEME.match(text)
    if scheme is not None:
        text = text[scheme.end() :].partition("?")[0]
    bracketed = _BRACKETED.findall(text)
    if len(bracketed) == 1:
        text = bracketed[0]
    return _COMMENT.sub(" ", text).strip(_EDGES).lower()


def _pieces(text: str) -> Iterator[str]:
    """The parts of a text that may be addresses of their own; spaces beside the @; a plus that a form made a space."""
    parts = [part for part in _BETWEEN.split("@".join(part.strip() for part in text.split("@"))) if "@" in part]
    yield from (_SCHEME.sub("", part) for part in parts)
    if len(parts) == 1 and text.count(" ") == 1:
        yield text.replace(" ", "+")


def _address(text: str) -> tuple[str, tuple[str, ...]] | None:
    local, at, host = text.rpartition("@")
    local = local.strip("\"'").replace("’", "'")  # noqa: RUF001 - phones type it for the other
    if not at or not local or len(text) > LONGEST_ADDRESS or _UNFIT.search(local):
        return None
    hosts = tuple(_hosts(host.rstrip("!?").strip(".")))
    return (local, hosts) if hosts else None


def _hosts(host: str) -> Iterator[str]:
    """A host as IDNA 2008 reads it, as mail is sent today, and as IDNA 2003 read it where that is another."""
    if host.isascii():
        if host and len(host) <= LONGEST_ADDRESS and all(_LABEL.fullmatch(label) for label in host.split(".")):
            yield host
        return
    found = []
    with suppress(idna.IDNAError):
        found.append(idna.encode(host, uts46=True).decode())
    with suppress(UnicodeError):
        found.append(host.encode("idna").decode().lower())
    yield from (each for each in dict.fromkeys(found) if all(_LABEL.fullmatch(label) for label in each.split(".")))


def _same_mailbox(local: str, host: str) -> Iterator[str]:
    untagged = local.partition("+")[0] if host in TAGGED_BY_PLUS else local
    if host in GOOGLE:
        untagged, host = untagged.replace(".", ""), "gmail.com"
    if untagged:
        yield f"{untagged}@{host}"


def _unresolved(raw: str) -> Iterator[str]:
    """The address that it is if nothing in it was escaped, should that be one."""
    text = raw.strip().strip(_EDGES).lower()
    if "%" in text and text.isascii() and "@" in text and (found := _address(text)) is not None:
        yield f"{found[0]}@{found[1][0]}"


def _names_nobody(text: str) -> bool:
    """The whole field: ``n/a@n/a.com``, ``нет@нет.рф``, before a slash parts it and a host is written in ASCII."""
    return ("/" in text or not text.isascii()) and text.count("@") == 1 and _is_nobody(text)


def _is_nobody(address: str) -> bool:
    """``noemail@shop.com``, ``na@na.na``, ``asdf@asdf.com``: nobody's, and shared by all who had to write something.

    ``test@test.com`` is what a merchant types to try the shop, and must silence that cart; ``mail@mail.de`` is somebody.
    """
    local, _, host = address.rpartition("@")
    local, label = local.partition("+")[0], host.partition(".")[0]
    word, host_word = word_of(local), word_of(label)
    if not word:
        return local[:1] in ("-", "_", ".", "*") and is_placeholder(label)
    if word.rstrip("0123456789") in NO_MAILBOX or is_template(local):
        return True
    if word in SHORT_WORDS and host_word in NO_MAILBOX_ON:
        return True
    if word in EXAMPLES and host_word in EXAMPLE_HOSTS:
        return True
    return (
        word == host_word
        and word not in ("test", "mail")
        and (word in KEYBOARD or len(set(word)) == 1 or is_placeholder(local))
    )
