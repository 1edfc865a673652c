"""Delivery to Chromium: a TLS port on which the browser logs in and pushes come down (Chromium: MCS, version 41)."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.demo.push import wire
from deploy.demo.push.exchange import PushExchange, Waiting

HEARTBEAT, HEARTBEAT_ACK, LOGIN, LOGIN_RESPONSE, DATA = 0, 1, 2, 3, 8
LARGEST_MESSAGE = 65_536
GOOD_FOR = timedelta(days=3650)


@dataclass
class _Line:
    """One browser that is there."""

    device: str
    writer: asyncio.StreamWriter


class Delivery:
    """Keeps a line to each browser that is there."""

    def __init__(self, exchange: PushExchange) -> None:
        self._exchange = exchange
        self._lines: dict[str, _Line] = {}
        exchange.deliver = self._deliver

    @asynccontextmanager
    async def listening(self, port: int, folder: Path) -> AsyncIterator[None]:
        """Listen with a pair of our own making, which only a browser takes that was started so."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(folder, self._exchange.now()))
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=context)
        try:
            yield
        finally:
            server.close()
            for line in list(self._lines.values()):
                line.writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line: _Line | None = None
        try:
            version = await reader.readexactly(1)
            while True:
                tag, message = await _read(reader)
                if tag == LOGIN:
                    device = next((raw.decode() for number, raw in wire.read_fields(message) if number == wire.LOGIN_USER), "")
                    line = self._lines[device] = _Line(device, writer)
                    writer.write(version + _framed(LOGIN_RESPONSE, self._welcome()))
                    self._deliver(device)
                elif tag == HEARTBEAT:
                    writer.write(_framed(HEARTBEAT_ACK, b""))
        except (asyncio.IncompleteReadError, OSError, ValueError):
            pass  # the browser is gone; what comes now waits for it
        finally:
            if line is not None and self._lines.get(line.device) is line:
                del self._lines[line.device]
            with suppress(OSError):
                writer.close()

    def _welcome(self) -> bytes:
        now = int(self._exchange.now().timestamp() * 1000)
        return wire.bytes_field(wire.RESPONSE_ID, "chrome-1") + wire.number_field(wire.RESPONSE_TIME, now)

    def _deliver(self, device: str) -> None:
        line = self._lines.get(device)
        if line is None or line.writer.is_closing():
            return
        for push in self._exchange.waiting(device):
            line.writer.write(_framed(DATA, self._stanza(push)))
            self._exchange.delivered(push.number)

    def _stanza(self, push: Waiting) -> bytes:
        subscription, now = push.subscription, int(self._exchange.now().timestamp() * 1000)
        headers = {"subtype": subscription.subtype, "content-encoding": "aes128gcm"}
        pairs = b"".join(
            wire.bytes_field(wire.DATA_APP_DATA, wire.bytes_field(1, name) + wire.bytes_field(2, value))
            for name, value in headers.items()
        )
        return (
            wire.bytes_field(wire.DATA_ID, str(push.number))
            + wire.bytes_field(wire.DATA_FROM, subscription.sender)
            + wire.bytes_field(wire.DATA_CATEGORY, subscription.app)
            + pairs
            + wire.bytes_field(wire.DATA_PERSISTENT_ID, f"p{push.number}-{subscription.token[:8]}")
            + wire.number_field(wire.DATA_TTL, 60)
            + wire.number_field(wire.DATA_SENT, now)
            + wire.bytes_field(wire.DATA_RAW, push.body)
        )


def _framed(tag: int, message: bytes) -> bytes:
    return bytes([tag]) + wire.varint(len(message)) + message


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    tag = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > LARGEST_MESSAGE:
        raise ValueError("no browser sends so much")
    return tag, await reader.readexactly(length)


def self_signed(folder: Path, now: datetime) -> Path:
    """A key and its certificate in one file, made at the first start."""
    path = folder / "push.pem"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push.localhost")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + GOOD_FOR)
            .sign(key, SHA256())
        )
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        path.chmod(0o600)
    return path
