"""``beckon holds``: sites that are silent because a record of theirs could not be read."""

import sys
from uuid import UUID

import asyncpg
import click

from deploy.command.options import as_json
from deploy.command.output import print_result, print_rows
from deploy.command.sessions import of_service, run, session
from deploy.command.settings import operator_settings
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.postgres.tables import Schema, Tables


@click.group()
def holds() -> None:
    """Sites that are silent because a record of theirs could not be read."""


async def _standing(service: Schema) -> list[asyncpg.Record]:
    async with session(operator_settings(), service) as connection:
        return await connection.fetch(Tables(service).list_holds)


@holds.command("list")
@of_service
@as_json
def list_holds(service: Schema, as_json: bool) -> None:
    """Holds of SERVICE that stand, the oldest first."""
    print_rows([dict(row) for row in run(_standing(service))], as_json=as_json, none="no site is held")


@holds.command("show")
@of_service
@click.argument("site", type=click.UUID)
@as_json
def show_holds(service: Schema, site: UUID, as_json: bool) -> None:
    """Holds that silence SITE, also those on every site, with the dead letter of each. Exit code 1 where there is none."""
    rows = [_shown(row) for row in run(_standing(service)) if row["site_id"] in (site, EVERY_SITE)]
    print_rows(rows, as_json=as_json, none="this site is not held")
    sys.exit(0 if rows else 1)


def _shown(row: asyncpg.Record) -> dict[str, object]:
    """A hold with its place written as ``dead-letters`` takes it; a hold on a lost log has none."""
    place = f"{row['topic']}/{row['partition']}/{row['kafka_offset']}" if row["kafka_offset"] >= 0 else None
    every = row["site_id"] == EVERY_SITE
    return {
        "site": "every site" if every else row["site_id"],
        "placed_at": row["placed_at"],
        "record": place,
        "reason": row["reason"],
    }


@holds.command("release")
@of_service
@click.argument("site", type=click.UUID, required=False)
@click.option("--every-site", is_flag=True, help="The holds on all sites at once, as after a lost log.")
@click.option("--dry-run", is_flag=True, help="Only show how many would be released.")
@as_json
def release_holds(service: Schema, site: UUID | None, every_site: bool, dry_run: bool, as_json: bool) -> None:
    """Let SERVICE send for SITE again, after the record was replayed or judged harmless."""
    if (site is None) is not every_site:
        raise click.UsageError("give a SITE, or --every-site")
    released = run(_release(service, EVERY_SITE if site is None else site, dry_run=dry_run))
    row = {"service": service, "site": site, "released": released, "dry_run": dry_run}
    print_result(f"{released} {'would be released' if dry_run else 'released'}", row, as_json=as_json)
    sys.exit(0 if released else 1)


async def _release(service: Schema, held: UUID, *, dry_run: bool) -> int:
    async with session(operator_settings(), service) as connection:
        standing = [row for row in await connection.fetch(Tables(service).list_holds) if row["site_id"] == held]
        if not dry_run:
            await connection.execute(Tables(service).release_holds, held)
        return len(standing)
