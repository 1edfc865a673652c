"""The brokers, for a command that somebody waits for: an answer within half a minute, or the reason why there is none."""

import asyncio
import sys

import click

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.reach import until_reached
from shared.runtime.service import WrongSetting

PATIENCE_SECONDS = 30.0


def wait_for_brokers(kafka: KafkaConnection) -> None:
    """Return once a broker takes us. Ends with 1 where none does in time, with 2 where the settings are refused."""

    async def reach() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await until_reached(kafka, lambda cause: click.echo(cause, err=True))

    try:
        asyncio.run(reach())
    except WrongSetting as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except TimeoutError:
        sys.exit(1)
