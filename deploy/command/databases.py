"""``beckon migrate``, ``replay`` and ``rewind``: the schema of one service, changed by its own role."""

import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import click
from aiokafka import TopicPartition

from deploy.command.options import as_json
from deploy.command.output import print_result, print_rows
from deploy.command.rebuild import compare_with_log, print_differences
from deploy.command.sessions import dsn_of, kafka_of, of_service, run, session
from deploy.command.settings import OperatorSettings, operator_settings
from shared.events.catalogue import TOPICS
from shared.events.codec import InvalidEvent, decode
from shared.runtime.kafka.record_batches import read_any_record
from shared.runtime.kafka.replay import StillRunning
from shared.runtime.kafka.replay import replay as replay_topic
from shared.runtime.kafka.replay import rewind as rewind_offsets
from shared.runtime.postgres.migrate import migrate as migrate_schema
from shared.runtime.postgres.migrate import newest_version, schema_version
from shared.runtime.postgres.tables import Schema

FETCH_MS = 1000
UNREADABLE = "unreadable by this release"


@click.command()
@of_service
@click.option("--dry-run", is_flag=True, help="Only show the version of the schema and the newest.")
@as_json
def migrate(service: Schema, dry_run: bool, as_json: bool) -> None:
    """Bring the schema of SERVICE forward. Several at once wait for each other; a finished one changes nothing."""
    settings, newest = operator_settings(), newest_version(service)
    version = run(_version(settings, service) if dry_run else _migrate(settings, service))
    of_newest = f" of {newest}" if dry_run else ""
    row = {"service": service, "schema": version, "newest_schema": newest}
    print_result(f"{service}: schema at version {version}{of_newest}", row, as_json=as_json)


async def _version(settings: OperatorSettings, service: Schema) -> int:
    async with session(settings, service) as connection:
        return await schema_version(connection, service)


async def _migrate(settings: OperatorSettings, service: Schema) -> int:
    async with session(settings, service):
        return await migrate_schema(dsn_of(settings, service)[0], service)


@click.command()
@of_service
@click.argument("topic", type=click.Choice(sorted(TOPICS)))
@click.option("--dry-run", is_flag=True, help="Only read what the topic holds, and count it by type.")
@click.option("--since", type=click.DateTime(), help="In a dry run: from this moment on, UTC.")
@click.option("--until", type=click.DateTime(), help="In a dry run: up to this moment, UTC.")
@click.option(
    "--compare", "only_compare", is_flag=True, help="Rebuild in BECKON_SCRATCH_POSTGRES, and compare with the live tables."
)
@as_json
def replay(
    service: Schema,
    topic: str,
    dry_run: bool,
    since: datetime | None,
    until: datetime | None,
    only_compare: bool,
    as_json: bool,
) -> None:
    """Let SERVICE, which must not run now, read TOPIC from its beginning at its next start, after its log was lost.

    A dry run changes nothing and may run beside the service. It ends with exit code 1 where this release cannot read a record.
    So may --compare; exit code 1: a row that follows from the log is missing or is another.
    """
    settings = operator_settings()
    if service not in TOPICS[topic].readers:
        raise click.BadParameter(f"{service} does not read {topic}", param_hint="TOPIC")
    if only_compare:
        if dry_run or since or until:
            raise click.UsageError("--compare changes nothing, and is about all that the topic holds")
        sys.exit(print_differences(run(compare_with_log(settings, service, topic)), as_json=as_json))
    if dry_run:
        found = run(_count(settings, topic, _ms(since), _ms(until)))
        print_rows(
            [{"type": kind, "records": number} for kind, number in sorted(found.items())], as_json=as_json, none="no record"
        )
        sys.exit(1 if found[UNREADABLE] else 0)
    if since or until:
        raise click.UsageError("--since and --until are for a dry run: a service reads on from where it is, or all of it")
    try:
        run(_replay(settings, service, topic))
    except StillRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    text = f"{service} reads {topic} from the beginning at its next start; holds stay until they are released"
    print_result(text, {"service": service, "topic": topic, "reads_from": "beginning"}, as_json=as_json)


@click.command()
@of_service
@click.option("--dry-run", is_flag=True, help="Only show how many records would be read again.")
@as_json
def rewind(service: Schema, dry_run: bool, as_json: bool) -> None:
    """Let SERVICE, which must not run now, read on from where its restored database stopped, every site held meanwhile."""
    settings = operator_settings()
    try:
        records = run(_rewind(settings, service, dry_run=dry_run))
    except StillRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    text = f"{service} reads {records} records again at its next start; every site is held until you release it"
    row = {"service": service, "records": records, "dry_run": dry_run}
    print_result(f"{records} records would be read again" if dry_run else text, row, as_json=as_json)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.replace(tzinfo=UTC).timestamp() * 1000)


async def _replay(settings: OperatorSettings, service: Schema, topic: str) -> None:
    async with session(settings, service):
        await replay_topic(dsn_of(settings, service)[0], kafka_of(settings), service, topic)


async def _rewind(settings: OperatorSettings, service: Schema, *, dry_run: bool) -> int:
    async with session(settings, service):
        return await rewind_offsets(dsn_of(settings, service)[0], kafka_of(settings), service, dry_run=dry_run)


async def _count(settings: OperatorSettings, topic: str, since: int | None, until: int | None) -> Counter[str]:
    """The records of a topic by type, from one moment of the broker's clock up to another, in milliseconds."""
    read_any_record()
    consumer = kafka_of(settings).consumer()
    await consumer.start()
    found: Counter[str] = Counter()
    try:
        partitions = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
        consumer.assign(partitions)
        beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        if since is not None:
            later = await consumer.offsets_for_times(dict.fromkeys(partitions, since))
            beginnings = {each: later[each].offset if later[each] else ends[each] for each in partitions}
        for partition in partitions:
            consumer.seek(partition, beginnings[partition])
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(*partitions, timeout_ms=FETCH_MS)).values():
                found.update(_kind(topic, each) for each in records if until is None or each.timestamp < until)
    finally:
        await consumer.stop()
    return found


def _kind(topic: str, record: Any) -> str:
    if record.value is None and TOPICS[topic].compacted:
        return "tombstone"
    try:
        return decode(topic, record.value or b"").type
    except InvalidEvent:
        return UNREADABLE
