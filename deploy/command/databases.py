"""``beckon migrate``, ``holds``, ``replay`` and ``status``: the schema of one service, reached by its own role."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_args
from uuid import UUID

import click

from deploy.command.output import as_json, print_rows
from deploy.command.settings import BothSettings
from shared.events.catalogue import TOPICS
from shared.runtime.build import VERSION
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.replay import StillRunning
from shared.runtime.kafka.replay import replay as replay_topic
from shared.runtime.postgres.migrate import migrate as migrate_schema
from shared.runtime.postgres.migrate import newest_version, schema_version
from shared.runtime.postgres.pool import Pool, create_pool
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.service import WrongSetting, read_settings
from shared.runtime.settings import DatabaseCommandSettings

Result = TypeVar("Result")
of_service = click.argument("service", type=click.Choice(get_args(Schema)))


def _dsn() -> str:
    settings: DatabaseCommandSettings = read_settings(DatabaseCommandSettings)
    return settings.postgres.get_secret_value()


def _in_database(work: Callable[[Pool], Awaitable[Result]]) -> Result:
    async def connected() -> Result:
        pool = await create_pool(_dsn(), service="command", size=1)
        try:
            return await work(pool)
        finally:
            await pool.close()

    try:
        return asyncio.run(connected())
    except WrongSetting as error:
        click.echo(str(error), err=True)
        sys.exit(2)


@click.command()
@of_service
@click.option("--dry-run", is_flag=True, help="Only show the version of the schema and the newest.")
def migrate(service: Schema, dry_run: bool) -> None:
    """Bring the schema of SERVICE forward. Several at once wait for each other; a finished one changes nothing."""
    if dry_run:
        found = _in_database(lambda pool: schema_version(pool, service))
        click.echo(f"{service}: schema at version {found} of {newest_version(service)}")
        return
    version = asyncio.run(migrate_schema(_dsn(), service))
    click.echo(f"{service}: schema at version {version}")


@click.group()
def holds() -> None:
    """Sites that are silent because a record of theirs could not be read."""


@holds.command("list")
@of_service
@as_json
def list_holds(service: Schema, as_json: bool) -> None:
    """Holds of SERVICE that stand, the oldest first."""
    rows = _in_database(lambda pool: pool.fetch(Tables(service).list_holds))
    print_rows([dict(row) for row in rows], as_json=as_json, none="no site is held")


@holds.command("release")
@of_service
@click.argument("site", type=click.UUID, required=False)
@click.option("--every-site", is_flag=True, help="The holds on all sites at once, as after a lost log.")
@click.option("--dry-run", is_flag=True, help="Only show which would be released.")
def release_holds(service: Schema, site: UUID | None, every_site: bool, dry_run: bool) -> None:
    """Let SERVICE send for SITE again, after the record was replayed or judged harmless."""
    if (site is None) is not every_site:
        raise click.UsageError("give a SITE, or --every-site")
    held = EVERY_SITE if site is None else site

    async def release(pool: Pool) -> int:
        standing = [row for row in await pool.fetch(Tables(service).list_holds) if row["site_id"] == held]
        if not dry_run:
            await pool.execute(Tables(service).release_holds, held)
        return len(standing)

    released = _in_database(release)
    click.echo(f"{released} {'would be released' if dry_run else 'released'}")
    sys.exit(0 if released else 1)


@click.command()
@of_service
@click.argument("topic", type=click.Choice(sorted(TOPICS)))
def replay(service: Schema, topic: str) -> None:
    """Let SERVICE, which must not run now, read TOPIC from its beginning at its next start, after its log was lost."""
    settings: BothSettings = read_settings(BothSettings)
    try:
        asyncio.run(replay_topic(settings.postgres.get_secret_value(), settings.kafka_connection, service, topic))
    except StillRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{service} reads {topic} from the beginning at its next start; holds stay until they are released")


@click.command()
@of_service
@as_json
def status(service: Schema, as_json: bool) -> None:
    """The state of SERVICE in one line: 1 where its schema is old, a site is held, or its outbox waits for a minute."""

    async def read(pool: Pool) -> dict[str, Any]:
        version = await schema_version(pool, service)
        standing = await pool.fetchrow(Tables(service).read_lag) if version else None
        return {
            "service": service,
            "release": VERSION,
            "schema": version,
            "newest_schema": newest_version(service),
            "holds": standing["holds"] if standing else 0,
            "outbox_seconds": round(standing["outbox_seconds"] or 0) if standing else 0,
        }

    row = _in_database(read)
    print_rows([row], as_json=as_json, none="")
    sys.exit(0 if row["schema"] >= row["newest_schema"] and not row["holds"] and row["outbox_seconds"] < 60 else 1)
