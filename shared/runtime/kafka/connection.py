"""How a process reaches its brokers, and the only place where a client of theirs is built."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest
from faststream.kafka import KafkaBroker
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLScram512

CONNECT_SECONDS = 10

log = structlog.get_logger("kafka_connection")


@dataclass(frozen=True)
class KafkaConnection:
    """Addresses of brokers, and what they ask for: TLS with a certificate of ours or without, a name and a password.

    Files are read anew for each connection: a renewed certificate or password needs no restart. Raises ``OSError`` or
    ``ssl.SSLError`` when a client is built from a file that cannot be used.
    """

    servers: str
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    username: str = ""
    password_file: Path | None = None

    def _servers(self) -> list[str]:
        return [server.strip() for server in self.servers.split(",")]

    def producer(self, **options: Any) -> AIOKafkaProducer:
        """A producer, not started yet."""
        return AIOKafkaProducer(bootstrap_servers=self._servers(), **self._arguments(), **options)

    def consumer(self, *topics: str, **options: Any) -> AIOKafkaConsumer:
        """A consumer that commits nothing by itself, not started yet."""
        return AIOKafkaConsumer(
            *topics, bootstrap_servers=self._servers(), enable_auto_commit=False, **self._arguments(), **options
        )

    def admin(self) -> AIOKafkaAdminClient:
        """A client for topics and their settings, not started yet."""
        return AIOKafkaAdminClient(bootstrap_servers=self._servers(), **self._arguments())

    def broker(self, **options: Any) -> KafkaBroker:
        """FastStream's side of it, not started yet."""
        return KafkaBroker(self._servers(), security=self._security(), **options)

    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each broker, in another order each time."""
        return [(host, port) for host, port, _ in collect_hosts(self._servers())]

    async def connect_once(self, host: str, port: int) -> None:
        """Connect to one broker and ask what each client asks first. Raises what aiokafka's clients only log."""
        connection = await create_conn(host, port, request_timeout_ms=CONNECT_SECONDS * 1000, **self._arguments())
        try:
            await connection.send(MetadataRequest([]))  # who gave no user is sent away only now
        finally:
            connection.close()

    def tls(self) -> ssl.SSLContext | None:
        """The certificates to trust and to show; None where the brokers speak plain text."""
        if self.ca_file is None:
            return None
        return _RenewedContext.reading(self.ca_file, self.cert_file, self.key_file)

    def _security(self) -> BaseSecurity:
        if self.password_file is None:
            return BaseSecurity(ssl_context=self.tls())
        return SASLScram512(self.username, _FilePassword(self.password_file), ssl_context=self.tls())

    def _arguments(self) -> dict[str, Any]:
        """The same in the words of aiokafka, as FastStream gives them to it."""
        return parse_security(self._security())


class _FilePassword(str):
    """Encoded by aiokafka each time it authenticates a connection: it is what the file holds at that moment."""

    _path: Path

    def __new__(cls, path: Path) -> "_FilePassword":
        made = super().__new__(cls, "")
        made._path = path
        return made

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self._path.read_text().rstrip("\r\n").encode(encoding, errors)


class _RenewedContext(ssl.SSLContext):
    """Begins each connection by what its files hold then; while they cannot be read, by what they held before."""

    _files: tuple[Path, Path | None, Path | None]
    _read_at: tuple[int, ...]
    _current: ssl.SSLContext

    @classmethod
    def reading(cls, ca_file: Path, cert_file: Path | None, key_file: Path | None) -> "_RenewedContext":
        """Trust ``ca_file`` alone, and show the certificate where there is one."""
        made = cls(ssl.PROTOCOL_TLS_CLIENT)
        made._files, made._read_at = (ca_file, cert_file, key_file), ()
        made._read()
        return made

    def _read(self) -> None:
        changed_at = tuple(path.stat().st_mtime_ns for path in self._files if path is not None)
        if changed_at != self._read_at:
            self._current = _context(*self._files)
            self._read_at = changed_at

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        try:
            self._read()
        except OSError as error:  # ssl.SSLError is one
            log.warning("certificate_not_renewed", error=type(error).__name__)
        return self._current.wrap_bio(*arguments, **options)


def _context(ca_file: Path, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if cert_file is not None:
        context.load_cert_chain(cert_file, key_file)
    return context
