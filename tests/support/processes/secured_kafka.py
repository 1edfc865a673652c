"""A real broker with a second listener as clusters have it: TLS, SCRAM-SHA-512 and an authorizer that refuses by default."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.folders import folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.secrets import Secrets
from shared.events.catalogue import SERVICES
from shared.runtime.kafka.connection import KafkaConnection
from tests.support.processes.servers import Server, free_port

RESOURCES, PATTERNS = {"topic": 2, "group": 3}, {"literal": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}
ALLOW = 3
CLUSTER = Secrets().kafka_cluster_id
SECURED = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},CLIENT://127.0.0.1:{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CLIENT://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
"""Later lines of a file of properties win. Only the plain listener, which no service is given, is anonymous."""


REFUSALS = """
logger.refusals.name = kafka.authorizer.logger
logger.refusals.level = info
"""


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder, and what it has signed."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        """The certificate that clients trust."""
        return self.folder / "ca.pem"

    def make(self) -> None:
        """Make it anew, with a certificate for this machine in ``server.pem``."""
        ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        basic = x509.BasicConstraints(ca=True, path_length=0)
        ca = (
            _certificate(ca_name, ca_name, ca_key.public_key())
            .add_extension(basic, critical=True)
            .sign(ca_key, hashes.SHA256())
        )
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
        unsigned = _certificate(server_name, ca_name, server_key.public_key()).add_extension(here, critical=False)
        server = unsigned.sign(ca_key, hashes.SHA256())
        self.ca_file.write_bytes(_pem(ca))
        (self.folder / "server.pem").write_bytes(_private(server_key) + _pem(server) + _pem(ca))


def _certificate(subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


class SecuredKafka(Kafka):
    """Formatted with a user for each service, whose password is its name and ``-password``."""

    secured_port = 0

    @property
    def authority(self) -> Authority:
        """Who signed the broker's certificate."""
        return Authority(self._folder)

    @property
    def logs(self) -> Path:
        """The folder of its log."""
        return folders_at(self._folder.parent).logs

    def settings(self) -> str:
        """As on one machine, and the listener."""
        self.authority.make()
        self.secured_port = free_port()
        ports = {"port": self.port, "controller": self._controller_port, "secured": self.secured_port}
        return super().settings() + SECURED.format(**ports, keystore=self._folder / "server.pem")

    def prepare(self) -> None:
        """What it refuses to whom is in its log."""
        super().prepare()
        with (self._folder / "log4j2.properties").open("a") as logging:
            logging.write(REFUSALS)

    def format_arguments(self) -> tuple[str, ...]:
        """The users: who reads the log cannot be asked for its users before it is there."""
        users = (f"SCRAM-SHA-512=[name={name},password={name}-password]" for name in SERVICES)
        return (*super().format_arguments(), *(argument for user in users for argument in ("--add-scram", user)))

    def connection_of(self, service: str) -> KafkaConnection:
        """As this service connects; its password is in a file."""
        password_file = self._folder / f"{service}.password"
        password_file.write_text(f"{service}-password\n")
        servers = f"127.0.0.1:{self.secured_port}"
        return KafkaConnection(servers, self.authority.ca_file, username=service, password_file=password_file)


@contextmanager
def a_secured_kafka() -> Iterator[SecuredKafka]:
    """Start one in a folder of its own."""
    with TemporaryDirectory(prefix="beckon-test-", ignore_cleanup_errors=True) as state:
        folders = folders_at(Path(state))
        folders.make()
        broker = SecuredKafka(folders.kafka, ensure_jars(cache_folder(), print), free_port(), free_port(), CLUSTER)
        broker.prepare()
        server = Server(broker.unit(), folders, f"127.0.0.1:{broker.port}")
        server.start()
        try:
            yield broker
        finally:
            server.kill()


def refusals_in(logs: Path) -> list[str]:
    """What the broker has refused to anybody."""
    return [line for line in (logs / "kafka.log").read_text().splitlines() if "is Denied" in line]


async def allow(kafka: KafkaConnection, users: Iterable[Mapping[str, Any]]) -> None:
    """Give users of Strimzi's kind ``KafkaUser`` what their manifests list, as its operator does."""
    admin = kafka.admin()
    await admin.start()
    try:
        for user in users:
            for acl in user["spec"]["authorization"]["acls"]:
                await _allow(admin, f"User:{user['metadata']['name']}", acl)
    finally:
        await admin.close()


async def _allow(admin: AIOKafkaAdminClient, principal: str, acl: Mapping[str, Any]) -> None:
    kind, pattern = RESOURCES[acl["resource"]["type"]], PATTERNS[acl["resource"]["patternType"]]
    for operation in acl["operations"]:
        request = CreateAclsRequest(kind, acl["resource"]["name"], pattern, principal, "*", OPERATIONS[operation], ALLOW)
        answer = await admin._send_request(request)
        assert [code for code, _ in answer.creation_responses] == [0], answer
