"""Brokers as clusters have them: TLS, a user for each service, and an authorizer that allows what the manifests list."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from structlog.testing import capture_logs

from deploy.kubernetes.kafka_resources import FOLDER
from shared.events.catalogue import SERVICES, TOPICS, Service
from shared.runtime.cancellation import cancel
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer
from shared.runtime.kafka.reach import BrokerChecks, until_reached
from shared.runtime.kafka.topics import TopicsDiffer, ensure_topics, verify_topics
from shared.runtime.service import WrongSetting
from tests.support.processes.one_service import a_service
from tests.support.processes.secured_kafka import Authority, SecuredKafka, a_secured_kafka, allow, refusals_in
from tests.support.waiting import eventually, wait_for

USERS = tuple(yaml.safe_load_all((FOLDER / "users.yaml").read_text()))


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredKafka]:
    with a_secured_kafka() as broker:
        yield broker


async def may_write(kafka: KafkaConnection, topic: str) -> bool:
    producer = await create_producer(kafka)
    try:
        await producer.send_and_wait(topic, b"{}", key=b"k", partition=0)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await producer.stop()
    return True


async def may_read(kafka: KafkaConnection, service: Service, topic: str) -> bool:
    group = None if service == "ingest" else service  # it reads a table, and each of its processes all of it
    consumer = kafka.consumer(topic, group_id=group, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found = await consumer.getmany(timeout_ms=10_000, max_records=1)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()
    return bool(found)


async def test_each_user_may_do_what_its_service_does_and_nothing_of_anothers(broker: SecuredKafka) -> None:
    operator = KafkaConnection(f"127.0.0.1:{broker.port}")
    await allow(operator, USERS)
    with pytest.raises(TopicsDiffer, match=r"storefront-events could not be made: .*AuthorizationFailed"):
        await ensure_topics(broker.connection_of("orders"))
    await ensure_topics(operator)
    seeds = await create_producer(operator)
    for topic in TOPICS.values():
        for partition in range(topic.partitions):
            await seeds.send_and_wait(topic.name, b"{}", key=b"k", partition=partition)
    await seeds.stop()

    for service in SERVICES:
        kafka = broker.connection_of(service)
        await verify_topics(kafka)
        written = {topic.name for topic in TOPICS.values() if await may_write(kafka, topic.name)}
        read = {topic.name for topic in TOPICS.values() if await may_read(kafka, service, topic.name)}

        owned = {topic.name for topic in TOPICS.values() if service == topic.owner or service in topic.more_writers}
        assert written == owned, service
        assert read == {topic.name for topic in TOPICS.values() if service in topic.readers}, service
    assert any("User:orders is Denied operation = WRITE" in line for line in refusals_in(broker.logs))


async def test_a_wrong_authority_reaches_nobody_and_a_renewed_one_is_read_again(broker: SecuredKafka, tmp_path: Path) -> None:
    right = broker.authority.ca_file.read_text()
    other = type(broker.authority)(tmp_path)
    other.make()
    kafka = replace(broker.connection_of("ingest"), ca_file=tmp_path / "ca.pem")

    consumer = kafka.consumer()
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    (tmp_path / "ca.pem").write_text(right)
    await consumer.start()

    assert await consumer.topics()
    await consumer.stop()


async def test_a_renewed_password_is_used_by_the_next_connection(broker: SecuredKafka, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of-last-year")
    kafka = replace(broker.connection_of("ingest"), password_file=tmp_path / "password")

    consumer = kafka.consumer()
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    (tmp_path / "password").write_text("ingest-password\n")
    await consumer.start()

    assert await consumer.topics()
    await consumer.stop()


@dataclass(frozen=True)
class Brokers:
    """Addresses of the secured broker's two listeners, and files that it refuses."""

    secured: KafkaConnection
    plain: str
    other_ca: Path
    wrong_password: Path


@pytest.fixture
def brokers(broker: SecuredKafka, tmp_path: Path) -> Brokers:
    Authority(tmp_path).make()
    (tmp_path / "password").write_text("kT5v-0qWz-of-last-year")
    return Brokers(broker.connection_of("ingest"), f"127.0.0.1:{broker.port}", tmp_path / "ca.pem", tmp_path / "password")


REFUSED: dict[str, tuple[Callable[[Brokers], KafkaConnection], str]] = {
    "a wrong password": (
        lambda at: replace(at.secured, password_file=at.wrong_password),
        "BECKON_KAFKA_USERNAME, BECKON_KAFKA_PASSWORD_FILE: .* refuses them for ingest",
    ),
    "a user that there is not": (
        lambda at: replace(at.secured, username="nobody"),
        "BECKON_KAFKA_USERNAME, BECKON_KAFKA_PASSWORD_FILE: .* refuses them for nobody",
    ),
    "another authority": (
        lambda at: replace(at.secured, ca_file=at.other_ca),
        "BECKON_KAFKA_CA_FILE: the certificate of .* is not trusted",
    ),
    "a name that the certificate does not have": (
        lambda at: replace(at.secured, servers=at.secured.servers.replace("127.0.0.1", "localhost")),
        "BECKON_KAFKA_CA_FILE: the certificate of localhost:.* is not trusted .*[Hh]ostname mismatch",
    ),
    "a user where none is asked for": (
        lambda at: replace(at.secured, servers=at.plain, ca_file=None),
        "BECKON_KAFKA_USERNAME: .* asks for no user",
    ),
    "a wrong password, one of two brokers away": (
        lambda at: replace(at.secured, password_file=at.wrong_password, servers=f"127.0.0.1:1,{at.secured.servers}"),
        "BECKON_KAFKA_PASSWORD_FILE",
    ),
}
WAITED_FOR: dict[str, tuple[Callable[[Brokers], KafkaConnection], str]] = {
    "a name that does not resolve": (
        lambda at: replace(at.secured, servers="kafka.beckon.invalid:9093"),
        "the name of kafka.beckon.invalid:9093 does not resolve",
    ),
    "nobody listens": (lambda at: replace(at.secured, servers="127.0.0.1:1"), "127.0.0.1:1 takes no connections"),
    "plain text to a listener for TLS": (
        lambda at: KafkaConnection(at.secured.servers),
        "closes the connection: perhaps it asks for TLS, a certificate or a user",
    ),
    "TLS to a listener for plain text": (
        lambda at: KafkaConnection(at.plain, at.secured.ca_file),
        "127.0.0.1",
    ),
    "no user where one is asked for": (
        lambda at: KafkaConnection(at.secured.servers, at.secured.ca_file),
        "closes the connection: perhaps it asks for TLS, a certificate or a user",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
async def test_what_a_broker_refuses_is_a_wrong_setting_without_its_secret(brokers: Brokers, wrong: str) -> None:
    make, reason = REFUSED[wrong]

    with pytest.raises(WrongSetting, match=reason) as raised:
        await asyncio.wait_for(until_reached(make(brokers), lambda _: None), 20)

    assert "\n" not in str(raised.value)
    assert "kT5v-0qWz" not in str(raised.value)


@pytest.mark.parametrize("wrong", WAITED_FOR)
async def test_what_may_pass_is_waited_for_with_its_cause(brokers: Brokers, wrong: str) -> None:
    make, reason = WAITED_FOR[wrong]
    causes: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(until_reached(make(brokers), causes.put_nowait))

    cause = await asyncio.wait_for(causes.get(), 20)

    assert re.search(reason, cause), cause
    assert not waiting.done()
    await cancel([waiting])


async def test_one_broker_of_two_that_takes_us_is_enough(brokers: Brokers) -> None:
    causes: list[str] = []

    await asyncio.wait_for(
        until_reached(replace(brokers.secured, servers=f"127.0.0.1:1,{brokers.secured.servers}"), causes.append), 20
    )

    assert causes == []


def settings_of(kafka: KafkaConnection) -> dict[str, str]:
    """The same as an environment."""
    return {
        "BECKON_KAFKA": kafka.servers,
        "BECKON_KAFKA_CA_FILE": str(kafka.ca_file),
        "BECKON_KAFKA_USERNAME": kafka.username,
        "BECKON_KAFKA_PASSWORD_FILE": str(kafka.password_file),
    }


def test_a_service_with_a_wrong_password_ends_with_one_line(brokers: Brokers, tmp_path: Path) -> None:
    wrong = replace(brokers.secured, password_file=brokers.wrong_password)

    with a_service("ingest", tmp_path, **settings_of(wrong)) as service:
        code = service.process.wait(30)

    printed = (tmp_path / "ingest.log").read_text()
    plain = [line for line in printed.splitlines() if not line.startswith("{")]
    assert code == 2
    assert len(plain) == 1
    assert plain[0].startswith("BECKON_KAFKA_USERNAME, BECKON_KAFKA_PASSWORD_FILE: ")
    assert "kT5v-0qWz" not in printed


def test_the_readiness_answer_names_why_a_service_waits(brokers: Brokers, tmp_path: Path) -> None:
    nowhere = replace(brokers.secured, servers="kafka.beckon.invalid:9093")

    with a_service("ingest", tmp_path, **settings_of(nowhere)) as service:
        wait_for("the cause", lambda: "does not resolve" in service.waits_for().get("kafka", ""))

    assert "the name of kafka.beckon.invalid:9093 does not resolve" in (tmp_path / "ingest.log").read_text()


async def test_a_refused_password_of_a_running_service_is_named_until_it_is_renewed(
    broker: SecuredKafka, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("ingest-password")
    kafka = replace(broker.connection_of("ingest"), password_file=password)
    producer = await create_producer(kafka)
    checking = asyncio.create_task(BrokerChecks(kafka, seconds=0.1).run())

    with capture_logs() as logs:
        password.write_text("kT5v-0qWz-of-last-year")
        for connection in list(producer.client._conns.values()):
            connection.close()
        with pytest.raises(KafkaError):
            await producer.client.fetch_all_metadata()
        await eventually(lambda: _has(logs, "kafka_refuses"))
        password.write_text("ingest-password")
        await eventually(lambda: _has(logs, "kafka_accepts_again"))
        await eventually(lambda: _knows_topics(producer))

    [cause] = {entry["cause"] for entry in logs if entry["event"] == "kafka_refuses"}
    assert re.search("BECKON_KAFKA_USERNAME, BECKON_KAFKA_PASSWORD_FILE: .* refuses them for ingest", cause)
    assert "kT5v-0qWz" not in str(logs)
    await cancel([checking])
    await producer.stop()


async def _has(logs: list[Any], event: str) -> bool:
    return any(entry["event"] == event for entry in logs)


async def _knows_topics(producer: AIOKafkaProducer) -> bool:
    try:
        return bool(await producer.client.fetch_all_metadata())
    except KafkaError:
        return False
