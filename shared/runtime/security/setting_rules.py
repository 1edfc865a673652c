"""Rules for settings outside the demo: no guessable secrets, and no addresses that anybody on the way can read."""

import os
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.runtime.security.sealing import from_base64url

DEFAULT_SECRETS = frozenset({"beckon", "postgres", "password", "secret", "changeme", "example", "admin", "test", "demo"})
SHORTEST_SECRET = 12
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
KEY_BYTES = 32
DIFFERENT_BYTES = 10
"""Of 32 random bytes fewer than ten are different once in 10^26."""

_PLACEHOLDER = re.compile(
    r"change.{0,2}me|replace.{0,2}(?:me|this)|place.?holder|(?:your|my|the|some|a).{0,2}(?:secret|password)|<[^<>]*>"
    r"|passw[o0]rd|letmein|qwerty|12345678|abcdefgh|insert.{0,2}here",
    re.IGNORECASE,
)


def is_weak(secret: str) -> bool:
    """A default, a placeholder, a short word, or hardly more than one character. Of a DSN only the password counts.

    A DSN without a password is the operator's own choice: a certificate, or the peer of a socket.
    """
    if "://" in secret:
        try:
            password = urlsplit(secret).password
        except ValueError:
            return True
        return password is not None and is_weak(unquote(password))
    plain = secret.lower()
    short = len(secret) < SHORTEST_SECRET or len(set(secret)) < 6
    return short or plain in DEFAULT_SECRETS or _PLACEHOLDER.search(plain[:1024]) is not None


def is_weak_key(text: str) -> bool:
    """Whether this is anything but a random key of 32 bytes, base64url."""
    try:
        raw = from_base64url(text)
    except ValueError:
        return True
    return len(raw) < KEY_BYTES or len(set(raw)) < DIFFERENT_BYTES


def has_password_in_query(address: str) -> bool:
    """Whether a DSN bears a password where access logs, error messages and process lists show it."""
    try:
        names = [name.lower() for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)]
    except ValueError:
        return True
    return any("password" in name or "secret" in name or name in ("pass", "pwd") for name in names)


def fault_of_dsn(dsn: str) -> str | None:
    """Return why no PostgreSQL can be reached by this DSN, or None. The DSN itself, which holds a password, is not in it."""
    try:
        parts = urlsplit(dsn)
        port, names = parts.port, dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return "is no address of a PostgreSQL: postgresql://role:password@host:port/database"
    if parts.scheme not in ("postgresql", "postgres") or port == 0:
        return "is no address of a PostgreSQL: postgresql://role:password@host:port/database"
    for name in ("sslrootcert", "sslcert", "sslkey"):
        if (path := names.get(name)) and not os.access(path, os.R_OK):
            return f"names a file as {name} that cannot be read: {path}"
    if names.get("sslmode", "prefer") not in SSL_MODES:
        return f"has an unknown sslmode; there are {', '.join(SSL_MODES)}"
    return None


def fault_of_address(address: str) -> str | None:
    """Return why shoppers, shops and carriers must not be sent to this public address, or None."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not address:
        return "is empty"
    if parts.scheme != "https":
        return "does not begin with https://: what is sent to it could be read and changed on its way"
    if not host or port == 0 or any(char.isspace() or not char.isprintable() for char in address):
        return "is no address"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "may hold a host, a port and a path alone: it is written into pages and messages"
    return None
