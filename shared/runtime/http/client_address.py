"""The client's address behind trusted proxies: the peer's own, or what our own proxies wrote into ``X-Forwarded-For``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Self

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

MOST_PROXIES = 16
LONGEST_HOP = 80
CLIENT_PREFIX_V6 = 64
"""Bits of an IPv6 address that one subscriber has to himself (RFC 6177): the rest he chooses as he likes."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class TrustedProxies:
    """The proxies whose headers are trusted: the last ``count`` hops whoever they are, or every hop within ``networks``.

    With a count alone the port must be reachable through the proxies only: whoever connects counts as one.
    """

    count: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """``2``, or networks such as ``10.0.0.0/8, fd00::/8``; empty or ``0`` for none.

        Raises:
            ValueError: neither a small number nor a list of networks.
        """
        text = text.strip()
        if text.isascii() and text.isdigit():
            if len(text) > 2 or int(text) > MOST_PROXIES:
                raise ValueError(f"more than {MOST_PROXIES} proxies in a row")
            return cls(count=int(text))
        try:
            return cls(networks=tuple(ip_network(part.strip()) for part in text.split(",") if part.strip()))
        except ValueError:
            raise ValueError("neither a number of proxies nor networks such as 10.0.0.0/8,fd00::/8") from None

    def trusts(self, peer: str) -> bool:
        """Whether this peer is one of our own proxies."""
        return self.count > 0 or (bool(self.networks) and _is_within(peer, self.networks))


NO_PROXIES = TrustedProxies()

TrustedProxiesSetting = Annotated[
    TrustedProxies,
    NoDecode,
    BeforeValidator(lambda setting: TrustedProxies.parse(setting) if isinstance(setting, str) else setting),
]


def client_address(peer: str, forwarded: Sequence[str], proxies: TrustedProxies = NO_PROXIES) -> str:
    """Return the address of the client who sent a request, in its canonical spelling.

    Args:
        peer: the address of the other end of the connection.
        forwarded: the values of all ``X-Forwarded-For`` headers, in the order of their lines.
        proxies: whose headers are trusted. What anybody else wrote is never believed.
    """
    if not proxies.trusts(peer):
        return _spelled(peer)
    hops = _hops_from_the_last(forwarded)
    return _by_count(peer, hops, proxies.count) if proxies.count else _by_network(peer, hops, proxies.networks)


@lru_cache(maxsize=10_000)
def client_prefix(address: str) -> str:
    """Return what one client holds: an IPv4 address itself, of an IPv6 address its /64. Limits count by this."""
    read = read_address(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((read, CLIENT_PREFIX_V6), strict=False))
    return address if read is None else str(read)


@lru_cache(maxsize=10_000)
def read_address(hop: str) -> Address | None:
    """Return the address of one hop, with or without a port, or None for what is no address (RFC 7239, 6)."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _spelled(address: str) -> str:
    read = read_address(address)
    return address if read is None else str(read)


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    read = read_address(address)
    return read is not None and any(read in network for network in networks)


def _hops_from_the_last(forwarded: Sequence[str]) -> Iterator[str]:
    """A client may write as many hops in front as it likes: only as many as there can be proxies are read."""
    lines = [line[-4096:] for line in forwarded[-MOST_PROXIES:]]
    for hop in reversed(",".join(lines).rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]):
        yield hop if len(hop) <= LONGEST_HOP else ""


def _by_count(peer: str, hops: Iterator[str], count: int) -> str:
    for number, hop in enumerate(hops, start=1):
        if number == count:
            read = read_address(hop)
            return _spelled(peer) if read is None else str(read)
    return _spelled(peer)  # fewer hops than proxies: it did not come through all of them


def _by_network(peer: str, hops: Iterator[str], networks: Sequence[Network]) -> str:
    """The last hop that is not ours. What stands before it was written by somebody whom we do not know."""
    client = _spelled(peer)
    for hop in hops:
        read = read_address(hop)
        if read is None:
            return client
        client = str(read)
        if not _is_within(client, networks):
            return client
    return client
