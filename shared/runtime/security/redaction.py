"""Redaction: contacts, addresses and secrets are taken out of every text that is logged."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from ipaddress import IPv4Address, ip_address
from uuid import UUID

# The listener's own addresses reveal nothing of anybody, and without them no start-up line could be understood.
KEPT_ADDRESSES = frozenset({"127.0.0.1", str(IPv4Address(0)), "::1", "::"})
SECRET_NAMES = re.compile(r"(?i)password|passwd|secret|token|authorization|cookie|private_key|reader_keys|dsn|pepper")

_ADDRESS_V4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_ADDRESS_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"), "[credentials]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [secret]"),
    (re.compile(r"\bbsk_[A-Za-z0-9_-]+"), "[secret]"),
    # 32 bytes in base64: every private key and pepper we have looks like this, and nothing that a log needs does.
    (re.compile(r"(?<![\w-])[\w-]{43}=?(?![\w=-])"), "[secret]"),
    (re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]++@[\w-]++(?:\.[\w-]++)+"), "[email]"),
    (re.compile(r"(?:\+|%2[Bb])\d[\d ().\-/]{5,20}\d"), "[phone]"),
    (re.compile(r"(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.-])\d{10,15}(?!\.?\w|-)"), "[phone]"),
)


def redact(text: str) -> str:
    """The same text with contacts, IP addresses, tokens and keys replaced by what they were."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _ADDRESS_V6.sub(_hide_address, _ADDRESS_V4.sub(_hide_address, text))


def redact_value(value: object) -> object:
    """The value as JSON can hold it, every text in it redacted. Numbers and ids pass: they cannot hold a contact."""
    match value:
        case None | bool() | int() | float() | UUID() | date():
            return value if isinstance(value, None | bool | int | float) else str(value)
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): redact_named(str(key), each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redact_value(each) for each in value]
        case _:
            return redact(str(value))


def redact_named(name: str, value: object) -> object:
    """Like ``redact_value``; a text under the name of a secret is not even read."""
    if isinstance(value, str | bytes) and SECRET_NAMES.search(name):
        return "[secret]"
    return redact_value(value)


def _hide_address(found: re.Match[str]) -> str:
    return found[0] if found[0] in KEPT_ADDRESSES or not _parses(ip_address, found[0]) else "[ip]"


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
