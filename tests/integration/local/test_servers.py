"""The embedded servers keep what they acknowledged, and run where their user may hardly walk."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.folders import Folders, folders_at
from deploy.local.postgres import Postgres
from tests.support.processes.servers import Server, embedded_kafka, embedded_postgres, free_port
from tests.support.waiting import wait_for


@pytest.fixture
def postgres() -> Iterator[Server]:
    server = embedded_postgres(durable=True)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def kafka() -> Iterator[Server]:
    server = embedded_kafka()
    server.start()
    yield server
    server.kill()


async def test_postgres_has_what_it_committed_after_a_kill(postgres: Server) -> None:
    connection = await asyncpg.connect(postgres.address)
    await connection.execute("CREATE TABLE kept (id integer)")
    await connection.execute("INSERT INTO kept (id) VALUES (42)")

    postgres.kill()
    postgres.start()

    connection = await asyncpg.connect(postgres.address)
    assert await connection.fetchval("SELECT id FROM kept") == 42
    await connection.close()


async def test_kafka_has_what_it_acknowledged_after_a_kill(kafka: Server) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all")
    await producer.start()
    await producer.send_and_wait("kept", b"acknowledged")

    kafka.kill()
    await producer.stop()
    kafka.start()

    consumer = AIOKafkaConsumer("kept", bootstrap_servers=kafka.address, auto_offset_reset="earliest")
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    assert record.value == b"acknowledged"


@pytest.fixture
def private_home(tmp_path: Path) -> Iterator[Folders]:
    """A checkout below a home that nobody else may enter, made under the strictest umask."""
    before = os.umask(0o077)
    folders = folders_at(tmp_path / "home" / "checkout" / ".beckon")
    folders.make()
    yield folders
    os.umask(before)
    shutil.rmtree(folders.postgres)


async def test_postgres_runs_below_a_private_home(private_home: Folders) -> None:
    server = Postgres(private_home.postgres, free_port(), "a password")
    server.prepare()
    running = Server(server.unit(), private_home, server.dsn.rsplit("/", 1)[0] + "/postgres")
    running.start()

    connection = await asyncpg.connect(running.address.replace("a password", "a%20password"))
    assert await connection.fetchval("SELECT current_user") == "beckon"
    await connection.close()
    running.stop()

    assert stat.S_IMODE((private_home.state.parents[1]).stat().st_mode) == 0o700
    wait_for("nobody to listen any more", lambda: not server.answers())
