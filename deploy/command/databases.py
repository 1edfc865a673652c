"""``beckon migrate``, ``replay`` and ``rewind``: the schema of one service, changed by its own role."""

import asyncio
import sys

import click

from deploy.command.brokers import wait_for_brokers
from deploy.command.sessions import dsn_of, of_service, run, session
from deploy.command.settings import BothSettings, OperatorSettings, operator_settings
from shared.events.catalogue import TOPICS
from shared.runtime.kafka.replay import StillRunning
from shared.runtime.kafka.replay import replay as replay_topic
from shared.runtime.kafka.replay import rewind as rewind_offsets
from shared.runtime.postgres.migrate import migrate as migrate_schema
from shared.runtime.postgres.migrate import newest_version, schema_version
from shared.runtime.postgres.tables import Schema
from shared.runtime.service import read_settings


@click.command()
@of_service
@click.option("--dry-run", is_flag=True, help="Only show the version of the schema and the newest.")
def migrate(service: Schema, dry_run: bool) -> None:
    """Bring the schema of SERVICE forward. Several at once wait for each other; a finished one changes nothing."""
    settings = operator_settings()
    if dry_run:
        click.echo(f"{service}: schema at version {run(_version(settings, service))} of {newest_version(service)}")
        return
    version = run(_migrate(settings, service))
    click.echo(f"{service}: schema at version {version}")


async def _version(settings: OperatorSettings, service: Schema) -> int:
    async with session(settings, service) as connection:
        return await schema_version(connection, service)


async def _migrate(settings: OperatorSettings, service: Schema) -> int:
    async with session(settings, service):
        return await migrate_schema(dsn_of(settings, service)[0], service)


@click.command()
@of_service
@click.argument("topic", type=click.Choice(sorted(TOPICS)))
def replay(service: Schema, topic: str) -> None:
    """Let SERVICE, which must not run now, read TOPIC from its beginning at its next start, after its log was lost."""
    settings: BothSettings = read_settings(BothSettings)
    wait_for_brokers(settings.kafka_connection)
    try:
        asyncio.run(replay_topic(settings.postgres.get_secret_value(), settings.kafka_connection, service, topic))
    except StillRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{service} reads {topic} from the beginning at its next start; holds stay until they are released")


@click.command()
@of_service
def rewind(service: Schema) -> None:
    """Let SERVICE, which must not run now, read on from where its restored database stopped, every site held meanwhile."""
    settings: BothSettings = read_settings(BothSettings)
    wait_for_brokers(settings.kafka_connection)
    try:
        records = asyncio.run(rewind_offsets(settings.postgres.get_secret_value(), settings.kafka_connection, service))
    except StillRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{service} reads {records} records again at its next start; every site is held until you release it")
