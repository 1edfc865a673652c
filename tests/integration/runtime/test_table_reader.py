"""A compacted topic is read whole before anybody relies on it, and then followed."""

import asyncio
from uuid import UUID, uuid4

from shared.events.envelope import Event
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.table_reader import TableReader
from tests.integration.runtime.bench import TOPIC, Shop, resumed, sites
from tests.support.waiting import eventually


async def test_it_has_caught_up_only_when_all_was_seen_and_then_follows(kafka: str, shop: Shop) -> None:
    seen: dict[UUID, UUID] = {}
    events = [resumed(site) for site in sites(50)]
    await shop.publish(*events[:40])
    await shop.publish_raw(uuid4(), b"{not json")

    def note(event: Event) -> None:
        seen[event.event_id] = event.site_id

    reader = TableReader(KafkaConnection(kafka), TOPIC, note)
    reading = asyncio.create_task(reader.run())
    await asyncio.wait_for(reader.caught_up.wait(), 20)
    at_first = dict(seen)
    await shop.publish(*events[40:])

    async def all_seen() -> bool:
        return len(seen) == len(events)

    await eventually(all_seen)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    assert at_first.keys() == {event.event_id for event in events[:40]}
    assert seen == {event.event_id: event.site_id for event in events}


async def test_an_empty_table_is_caught_up_with_at_once(kafka: str, shop: Shop) -> None:
    reader = TableReader(KafkaConnection(kafka), TOPIC, lambda _: None)
    reading = asyncio.create_task(reader.run())

    await asyncio.wait_for(reader.caught_up.wait(), 5)

    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert reader.caught_up.is_set()
