"""Sessions with the services' databases: which of them the environment reaches, and the setting that would reach another."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar, get_args

import asyncpg
import click
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.command.settings import OperatorSettings
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.postgres.pool import UNREACHABLE, application_name, refusal
from shared.runtime.postgres.tables import Schema
from shared.runtime.service import WrongSetting
from shared.runtime.setting_names import PREFIX

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Result = TypeVar("Result")

CONNECT_SECONDS = 5
MAY_READ = "SELECT CASE WHEN to_regnamespace($1) IS NULL THEN false ELSE has_schema_privilege($1, 'USAGE') END"

of_service = click.argument("service", type=click.Choice(get_args(Schema)))


class Unseen(Exception):
    """Raised for what no setting leads to; ``setting`` would."""

    def __init__(self, what: str, setting: str) -> None:
        super().__init__(f"{what} is not seen from here: give {setting}")
        self.setting = setting


class Away(Exception):
    """Raised for what is not there now: a server that does not answer, a topic that nobody has read yet."""


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work. What it cannot reach ends the process: code 2 for its settings, 1 for a server that is away."""
    try:
        return asyncio.run(work)
    except (WrongSetting, Unseen) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Away as error:
        click.echo(str(error), err=True)
    except KafkaError as error:
        click.echo(f"{PREFIX}KAFKA: the brokers do not answer ({type(error).__name__})", err=True)
    sys.exit(1)


def kafka_of(settings: OperatorSettings) -> KafkaConnection:
    """Return how the brokers are reached. Raises ``Unseen``."""
    if not settings.kafka:
        raise Unseen("Kafka", f"{PREFIX}KAFKA")
    return settings.kafka_connection


@asynccontextmanager
async def producer_of(kafka: KafkaConnection) -> AsyncIterator[AIOKafkaProducer]:
    """A producer with acks=all. Raises ``KafkaError`` where the brokers do not answer: a command waits for nobody."""
    producer = kafka.producer(acks="all", enable_idempotence=True, request_timeout_ms=10_000)
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


def dsn_of(settings: OperatorSettings, service: Schema) -> tuple[str, str]:
    """Return a service's DSN and the setting that holds it. Raises ``Unseen``."""
    own = f"{service}_postgres"
    for name in (own, "postgres"):
        if (dsn := getattr(settings, name)) is not None:
            return dsn.get_secret_value(), f"{PREFIX}{name.upper()}"
    raise Unseen(f"the database of {service}", f"{PREFIX}{own.upper()}")


@asynccontextmanager
async def session(settings: OperatorSettings, service: Schema) -> AsyncIterator[Session]:
    """A session that may read the schema of a service.

    Raises:
        Unseen: no setting leads there.
        WrongSetting: the server refuses what the setting says.
        Away: the server does not answer.
    """
    dsn, setting = dsn_of(settings, service)
    connection = await _connect(dsn, setting)
    try:
        if not await connection.fetchval(MAY_READ, service):
            raise Unseen(f"the schema of {service}", f"{PREFIX}{service.upper()}_POSTGRES")
        yield connection
    finally:
        await connection.close()


async def _connect(dsn: str, setting: str) -> Session:
    server_settings = {"application_name": application_name("command"), "timezone": "UTC", "lock_timeout": "10s"}
    try:
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, command_timeout=60, server_settings=server_settings)
    except Exception as error:
        if reason := refusal(error):
            raise WrongSetting(f"{setting}: {reason}") from None
        if not isinstance(error, UNREACHABLE):
            raise
        raise Away(f"{setting}: PostgreSQL does not answer ({type(error).__name__})") from None


@asynccontextmanager
async def scratch_of(settings: OperatorSettings) -> AsyncIterator[tuple[Session, str, str]]:
    """A session with the scratch database, its DSN, and the setting that holds it. Raises as ``session`` does."""
    setting = f"{PREFIX}SCRATCH_POSTGRES"
    if settings.scratch_postgres is None:
        raise Unseen("an empty database to rebuild in", setting)
    dsn = settings.scratch_postgres.get_secret_value()
    connection = await _connect(dsn, setting)
    try:
        yield connection, dsn, setting
    finally:
        await connection.close()
