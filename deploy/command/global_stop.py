"""``beckon pause-all`` and ``resume-all``: the operator's stop of all sending.

The event goes to every partition of merchant-actions, straight to Kafka and past the outbox: a stop waits for no service of
ours. notify reads it in the transaction before each call; who and why is kept where the console shows it.
"""

import asyncio
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import click
from aiokafka.errors import KafkaError

from deploy.command.options import as_json, name_of, reason_of
from deploy.command.output import print_rows
from deploy.command.sessions import Away, Session, Unseen, kafka_of, producer_of, run, session
from deploy.command.settings import OperatorSettings, operator_settings
from services.onboarding.events import sending_event
from services.onboarding.storage.global_stops import GlobalStop, GlobalStopStore
from shared.events.catalogue import MERCHANT_ACTIONS
from shared.events.codec import encode
from shared.events.identifiers import derived_event_id
from shared.events.merchant import SendingPaused, SendingResumed
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_uuid7
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.service import WrongSetting

EFFECTIVE_SECONDS = 5.0
APPLIED = "SELECT paused = $2 AND $3 = ANY(recent_ids) FROM ~pauses WHERE site_id = $1"
WHO_ASK: tuple[Schema, ...] = ("orders", "notify")
"""The services that ask whether sending is stopped before they let anything go."""


@dataclass
class Report:
    """What became of a stop or its end: in which services it holds, which could not be seen, what failed."""

    sending: str
    seconds: float = 0.0
    in_effect: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


is_dry = click.option("--dry-run", is_flag=True, help="Only show whether sending is stopped, and by whom.")


@click.command("pause-all")
@reason_of
@name_of
@is_dry
@as_json
def pause_all(reason: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Stop all sending of every shop within five seconds, until resume-all. Run it with the environment of onboarding.

    Answers to STOP and HELP still go. A call that has begun ends within eight seconds. Exit code 1 where anything of it failed.
    """
    settings = operator_settings()
    if dry_run:
        run(_show(settings, as_json=as_json))
        return
    _print(run(_pause(settings, reason, by)), as_json=as_json)


@click.command("resume-all")
@reason_of
@name_of
@is_dry
@as_json
def resume_all(reason: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Let every shop send again that its merchant has not paused. What waited leaves if it still may."""
    settings = operator_settings()
    if dry_run:
        run(_show(settings, as_json=as_json))
        return
    _print(run(_resume(settings, reason, by)), as_json=as_json)


def _print(report: Report, *, as_json: bool) -> None:
    print_rows([asdict(report)], as_json=as_json, none="")
    sys.exit(1 if report.failed else 0)


async def _show(settings: OperatorSettings, *, as_json: bool) -> None:
    async with session(settings, "onboarding") as connection:
        stop = await GlobalStopStore(connection).standing()
    print_rows([] if stop is None else [asdict(stop)], as_json=as_json, none="sending is not stopped")


async def _pause(settings: OperatorSettings, reason: str, by: str) -> Report:
    """Stop first, and record whatever can be: a database that is away costs the record and not the stop."""
    report, kafka = Report("stopped"), kafka_of(settings)
    stop = GlobalStop(new_uuid7(), SystemClock().now(), by, reason)
    try:
        stop = await _recorded(settings, stop)
    except (WrongSetting, Unseen, Away, asyncpg.PostgresError) as error:
        report.failed.append(f"who and why is not recorded, so run it again: {error}")
    await _publish(kafka, sending_event(EVERY_SITE, paused=True, now=stop.stopped_at, event_id=stop.stop_id), report)
    await _wait_for_effect(settings, report, stop.stop_id, paused=True)
    return report


async def _recorded(settings: OperatorSettings, stop: GlobalStop) -> GlobalStop:
    """The stop that stands: this one, or the one before it, whose event is then repeated."""
    async with session(settings, "onboarding") as connection, connection.transaction():
        store = GlobalStopStore(connection)
        await store.add(stop)
        standing = await store.standing()
    assert standing is not None, "it was added, or another stood"
    return standing


async def _resume(settings: OperatorSettings, reason: str, by: str) -> Report:
    """Record it last: a command that ended in between is run again, and shows the stop until then."""
    report, kafka, now = Report("resumed"), kafka_of(settings), SystemClock().now()
    async with session(settings, "onboarding") as connection:
        stop = await GlobalStopStore(connection).standing()
        if stop is None:
            report.failed.append("no stop is recorded; one that is not is recorded by running pause-all again")
            return report
        event_id = derived_event_id(stop.stop_id, "sending.resumed")
        await _publish(kafka, sending_event(EVERY_SITE, paused=False, now=now, event_id=event_id), report)
        if not report.failed:
            await _end(connection, stop.stop_id, by, reason, now)
            await _wait_for_effect(settings, report, event_id, paused=False)
    return report


async def _end(connection: Session, stop_id: UUID, by: str, reason: str, now: datetime) -> None:
    async with connection.transaction():
        await GlobalStopStore(connection).end(stop_id, by, reason, now)


async def _publish(kafka: KafkaConnection, event: SendingPaused | SendingResumed, report: Report) -> None:
    record, began = encode(event), time.monotonic()
    try:
        async with producer_of(kafka) as producer:
            for partition in range(MERCHANT_ACTIONS.partitions):
                headers = list(record.headers)
                await producer.send_and_wait(record.topic, record.value, key=record.key, partition=partition, headers=headers)
    except KafkaError as error:
        report.failed.append(f"Kafka has not taken it ({type(error).__name__}), so run it again")
    report.seconds = round(time.monotonic() - began, 2)


async def _wait_for_effect(settings: OperatorSettings, report: Report, event_id: UUID, *, paused: bool) -> None:
    """Look into the tables that are asked before each message, as long as a stop may take."""
    if report.failed and not paused:
        return
    began = time.monotonic()
    await asyncio.gather(*(_effect_in(settings, service, report, event_id, paused) for service in WHO_ASK))
    report.seconds = round(report.seconds + time.monotonic() - began, 2)


async def _effect_in(settings: OperatorSettings, service: Schema, report: Report, event_id: UUID, paused: bool) -> None:
    try:
        async with session(settings, service) as connection, asyncio.timeout(EFFECTIVE_SECONDS):
            while not await connection.fetchval(Tables(service).named(APPLIED), EVERY_SITE, paused, event_id):
                await asyncio.sleep(0.1)
        report.in_effect.append(service)
    except Unseen as unseen:
        report.unseen.append(unseen.setting)
    except TimeoutError:
        report.failed.append(f"{service} has not read it within {EFFECTIVE_SECONDS:.0f} s; it does as soon as it runs")
    except (WrongSetting, Away) as error:
        report.failed.append(str(error))
