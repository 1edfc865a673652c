"""One record of a table that nobody can use keeps nothing else away."""

from dataclasses import dataclass
from typing import Any

from shared.events.codec import encode
from shared.events.envelope import Event
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.table_reader import TableReader
from tests.support.builders.ingest import site_settings


@dataclass
class ARecord:
    value: bytes | None
    offset: int = 7


def test_a_record_that_its_reader_raises_at_is_passed_over() -> None:
    taken: list[Event] = []

    def take(event: Event) -> None:
        if not taken:
            taken.append(event)
            raise KeyError("a bug that this site's settings meet")
        taken.append(event)

    reader: Any = TableReader(KafkaConnection("nowhere"), "site-settings", take)
    for value in (encode(site_settings()).value, None, b"\xff{", encode(site_settings()).value):
        reader._take(ARecord(value))

    assert len(taken) == 2
