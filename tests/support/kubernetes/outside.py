"""What the pods of Beckon reach at the host's end of the link: Kafka, PostgreSQL, and the demo with its carrier."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.folders import Folders, folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres
from deploy.local.secrets import Secrets
from tests.support.kubernetes.manifests import FOLDER
from tests.support.processes.forwarder import forwarded_from
from tests.support.processes.running import free_base_port
from tests.support.processes.servers import Server

KAFKA_PORT, POSTGRES_PORT = 9092, 5432
"""As overlay small has them."""

FOR_PODS = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},PODS://{host}:{for_pods}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PODS://kafka:{for_pods}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PODS:PLAINTEXT
"""


class KafkaForPods(Kafka):
    """With a listener at the host's end of the link, whose name in the cluster is ``kafka``."""

    host = ""

    def settings(self) -> str:
        """Later lines of a file of properties win."""
        ports = {"port": self.port, "controller": self._controller_port, "for_pods": KAFKA_PORT}
        return super().settings() + FOR_PODS.format(host=self.host, **ports)


@dataclass(frozen=True)
class Outside:
    """Servers that run, and where the host finds them."""

    host: str
    ports: Ports
    folders: Folders
    secrets: Secrets

    @property
    def superuser(self) -> str:
        """The DSN of PostgreSQL's superuser, without a database."""
        return f"postgresql://beckon:{self.secrets.superuser_password}@127.0.0.1:{self.ports.of('PostgreSQL')}"

    @property
    def dsn(self) -> str:
        """The superuser's in Beckon's database."""
        return f"{self.superuser}/beckon"

    def make_database(self, passwords: Mapping[str, str]) -> None:
        """As an operator makes it: the roles and schemas of database.sql, and each role's password out of its Secret."""
        with ThreadPoolExecutor(1) as thread:  # this one may have a loop that runs
            thread.submit(asyncio.run, self._make_database(passwords)).result(60)

    async def _make_database(self, passwords: Mapping[str, str]) -> None:
        server = await asyncpg.connect(f"{self.superuser}/postgres")
        await server.execute("CREATE DATABASE beckon")
        await server.close()
        database = await asyncpg.connect(self.dsn)
        try:
            await database.execute((FOLDER / "platform" / "postgres" / "database.sql").read_text())
            for role, password in passwords.items():
                assert password.isalnum(), "it stands in a statement"
                await database.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        finally:
            await database.close()


@contextmanager
def an_outside(host: str, state: Path) -> Iterator[Outside]:
    """Start Kafka and PostgreSQL, and lead ports of the link to them and to the demo, which the caller starts."""
    folders, ports, secrets = folders_at(state), Ports(free_base_port()), Secrets()
    folders.make()
    postgres = Postgres(folders.postgres, ports.of("PostgreSQL"), secrets.superuser_password, durable=False)
    jars = ensure_jars(cache_folder(), print)
    kafka = KafkaForPods(folders.kafka, jars, ports.of("Kafka"), ports.of("Kafka controller"), secrets.kafka_cluster_id)
    kafka.host = host
    with ThreadPoolExecutor() as pool:
        for prepared in [pool.submit(postgres.prepare), pool.submit(kafka.prepare)]:
            prepared.result()
    servers = [Server(each.unit(), folders, "") for each in (postgres, kafka)]
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.kill)
            server.start()
        stack.enter_context(forwarded_from("127.0.0.1", ports.of("PostgreSQL"), host, POSTGRES_PORT))
        stack.enter_context(forwarded_from("127.0.0.1", ports.of("demo"), host, ports.of("demo")))
        yield Outside(host, ports, folders, secrets)
