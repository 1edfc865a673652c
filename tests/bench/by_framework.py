"""The beacon path as FastStream's own means have it: its route, one awaited publish for each event, and ingest's own checks.

``python -m tests.bench.by_framework KAFKA PORT``
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import uvicorn
from faststream.asgi import AsgiFastStream, AsgiResponse, Request, post
from faststream.kafka import KafkaBroker

from services.ingest.group_commit import GroupCommit, Outcome
from services.ingest.http.beacons import take_beacons
from services.ingest.http.requests import Request as Asked
from shared.events.codec import Encoded
from shared.runtime.clock import SystemClock
from tests.support.builders.ingest import a_rig


class PublishEach:
    """In the place of the group commit."""

    waiting_records = 0

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    async def append(self, records: Sequence[Encoded]) -> Outcome:
        """One after the other, each acknowledged."""
        for record in records:
            headers = {name: value.decode() for name, value in record.headers}
            await self._broker.publish(record.value, record.topic, key=record.key, headers=headers)
        return Outcome.DURABLE

    def append_unwatched(self, record: Encoded) -> None:
        """Signals are not what is measured."""


async def main(kafka: str, port: int) -> None:
    """Serve until killed."""
    broker = KafkaBroker(kafka, acks="all", enable_idempotence=True)
    rig = a_rig(per_second=1_000_000)
    commit = cast(GroupCommit, PublishEach(broker))
    ingestion = replace(rig.ingestion, commit=commit, clock=SystemClock())

    @post
    async def beacons(request: Request) -> AsgiResponse:
        asked = Asked(request.method, "/v1/beacons", {}, request.headers, "127.0.0.1", await request.body())
        answer = await take_beacons(asked, ingestion)
        return AsgiResponse(answer.body, answer.status, dict(answer.headers))

    app = AsgiFastStream(broker, asgi_routes=[("/v1/beacons", beacons)], logger=None)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, http="httptools", access_log=False, log_level="error")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
