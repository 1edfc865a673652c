"""``beckon status``: every service in one table, what is wrong with each, and what could not be seen."""

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import get_args

import click
import httpx
from aiokafka.errors import KafkaError

from deploy.command.options import as_json
from deploy.command.output import print_rows
from deploy.command.sessions import Away, Session, Unseen, kafka_of, run, session
from deploy.command.settings import OperatorSettings, operator_settings
from deploy.command.topics import read_lags
from shared.events.catalogue import SERVICES, Service
from shared.runtime.postgres.migrate import newest_version, schema_version
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.service import WrongSetting
from shared.runtime.setting_names import PREFIX

OUTBOX_SECONDS = 60
KAFKA_SECONDS = 15
RELEASE = re.compile(r'^beckon_build_info\{[^}]*version="([^"]+)"', re.MULTILINE)
RUNNING = """
    SELECT DISTINCT split_part(application_name, ' ', 2) AS release FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE $1
     ORDER BY 1
"""


@dataclass
class Row:
    """One service. None is what it does not have, or what could not be seen; ``unseen`` has the settings that would show it.

    ``running`` are the releases that run now; ``lag`` counts records.
    """

    service: Service
    running: list[str] | None = None
    schema: int | None = None
    newest_schema: int | None = None
    holds: int | None = None
    lag: int | None = None
    outbox_seconds: int | None = None
    sending_stopped: bool | None = None
    wrong: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


@click.command()
@click.argument("service", type=click.Choice(SERVICES), required=False)
@as_json
def status(service: Service | None, as_json: bool) -> None:
    """Every service, or SERVICE alone: releases, schema, holds, lag, the oldest record of the outbox, a stop.

    Exit code 1 where something is wrong, with what; a setting that the server refuses is 2 for one SERVICE.
    """
    wanted = SERVICES if service is None else (service,)
    rows = run(_rows(operator_settings(), wanted))
    print_rows([asdict(row) for row in rows], as_json=as_json, none="")
    sys.exit(1 if any(row.wrong for row in rows) else 0)


async def _rows(settings: OperatorSettings, services: tuple[Service, ...]) -> list[Row]:
    lags = await _lags(settings)
    rows = []
    for name in services:
        row = Row(name)
        try:
            await _fill(row, settings)
        except WrongSetting as error:
            if len(services) == 1:
                raise
            row.wrong.append(str(error))
        if name != "ingest":
            _add_lag(row, lags)
        rows.append(row)
    return rows


async def _fill(row: Row, settings: OperatorSettings) -> None:
    if row.service == "ingest":
        await _read_ingest(row, settings.ingest_metrics)
        return
    try:
        async with session(settings, row.service) as connection:
            await _read_schema(row, row.service, connection)
    except Unseen as unseen:
        row.unseen.append(unseen.setting)
    except Away as error:
        row.wrong.append(str(error))


async def _read_schema(row: Row, service: Schema, connection: Session) -> None:
    tables = Tables(service)
    row.running = [each["release"] for each in await connection.fetch(RUNNING, f"beckon-{service} %")]
    row.schema, row.newest_schema = await schema_version(connection, service), newest_version(service)
    if not row.running:
        row.wrong.append("does not run")
    if row.schema < row.newest_schema:
        row.wrong.append("its schema is old")
    if not row.schema:
        return
    standing = await connection.fetchrow(tables.read_lag)
    assert standing is not None, "a statement without a table returns one row"
    row.holds, row.outbox_seconds = standing["holds"], round(standing["outbox_seconds"] or 0)
    row.sending_stopped = standing["sending_stopped"]
    row.wrong += ["sites are held"] if row.holds else []
    row.wrong += ["its outbox waits"] if row.outbox_seconds >= OUTBOX_SECONDS else []
    row.wrong += ["sending is stopped"] if row.sending_stopped else []


async def _read_ingest(row: Row, address: str) -> None:
    """ingest has no database, so it is asked itself."""
    if not address:
        row.unseen.append(f"{PREFIX}INGEST_METRICS")
        return
    try:
        async with httpx.AsyncClient(base_url=address, timeout=5, trust_env=False) as client:
            ready, metrics = await client.get("/readyz"), await client.get("/metrics")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        row.wrong.append(f"{PREFIX}INGEST_METRICS: no answer ({type(error).__name__})")
        return
    row.running = sorted(set(RELEASE.findall(metrics.text)))
    row.wrong += [] if ready.status_code == httpx.codes.OK else ["is not ready"]


async def _lags(settings: OperatorSettings) -> Mapping[Service, int] | str | None:
    """Records that each service has not applied yet; what is wrong with Kafka; or None where it is not seen."""
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            found = await read_lags(kafka_of(settings))
    except Unseen:
        return None
    except (KafkaError, TimeoutError) as error:
        return f"{PREFIX}KAFKA: the brokers do not answer ({type(error).__name__})"
    return {name: sum(lag.records for lag in found if lag.service == name) for name in get_args(Service)}


def _add_lag(row: Row, lags: Mapping[Service, int] | str | None) -> None:
    if lags is None:
        row.unseen.append(f"{PREFIX}KAFKA")
    elif isinstance(lags, str):
        row.wrong.append(lags)
    else:
        row.lag = lags[row.service]
