"""Dead letters as their topics hold them, and the records by which an operator closes them.

A closing record lies in the same topic as the letter and names its reader and its place: no table is needed, and both go
when the topic's thirty days are over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.catalogue import TOPICS, Topic
from shared.events.codec import Encoded, InvalidEvent, decode
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.record_batches import read_any_record
from shared.runtime.kafka.topics import DEAD_LETTER_PARTITIONS

CLOSED_HEADER = "beckon-closed"
PLACE_HEADER = "beckon-place"
OURS = ("beckon-reason", "beckon-reader", PLACE_HEADER)
FETCH_MS = 500

TAKEN_BACK = "it counts from its place in the log: replayed, it would come after what has taken it back since"
NEVER_AGAIN: Mapping[str, str] = {
    "consent.given": TAKEN_BACK,
    "push.subscribed": TAKEN_BACK,
    "contact.confirmed": TAKEN_BACK,
    "sending.resumed": TAKEN_BACK,
    "test_message.requested": "its merchant no longer waits for it",
}
"""Events that are never replayed: late, they would speak where the shopper or the merchant has said no meanwhile."""

State = Literal["waiting", "replayed", "discarded"]


@dataclass(frozen=True)
class Place:
    """Where a record is: written ``topic/partition/offset``."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read one. Raises ``ValueError``."""
        topic, partition, offset = text.split("/")
        if topic not in TOPICS:
            raise ValueError("no topic has this name")
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass
class Letter:
    """A record that ``reader`` could not read or apply. ``replayed_as`` is where it was published again."""

    place: Place
    reader: str
    reason: str
    type: str
    set_aside_at: datetime
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    state: State = "waiting"
    by: str | None = None
    why: str | None = None
    replayed_as: Place | None = None

    def why_not_replayed(self) -> str | None:
        """The reason why this record is not to be published again, None where it may be."""
        if TOPICS[self.place.topic].compacted:
            return "the newest settings of a site are those that are last in the topic: have its merchant save them again"
        try:
            event = decode(self.place.topic, self.value)
        except InvalidEvent as error:
            return f"this release cannot read it either ({error}): discard it, or run a release that can"
        if str(event.site_id).encode() != self.key:
            return "its site is not its key, so it has no order among the records of its site: discard it"
        return NEVER_AGAIN.get(event.type)

    def again(self) -> Encoded:
        """The record as it was published at first."""
        return Encoded(self.place.topic, self.key, self.value, self.headers)

    def closing(self, state: State, by: str, why: str, replayed_as: Place | None = None) -> Encoded:
        """The record that closes the letter."""
        headers = [("beckon-by", by), ("beckon-reason", why), ("beckon-reader", self.reader), (PLACE_HEADER, str(self.place))]
        headers += [("beckon-replayed-as", str(replayed_as))] if replayed_as else []
        headers.append((CLOSED_HEADER, state))
        encoded = tuple((name, text.encode()) for name, text in headers)
        return Encoded(TOPICS[self.place.topic].dead_letters, self.key, b"", encoded)


async def read_letters(kafka: KafkaConnection, topics: Iterable[Topic]) -> list[Letter]:
    """Return every dead letter of these topics, the oldest first, each as it was closed last. Raises ``KafkaError``."""
    read_any_record()
    consumer = kafka.consumer()
    await consumer.start()
    try:
        records = await _records_of(consumer, [topic.dead_letters for topic in topics])
    finally:
        await consumer.stop()
    return letters_in(sorted(records, key=lambda record: record.timestamp))


async def _records_of(consumer: AIOKafkaConsumer, names: Sequence[str]) -> list[Any]:
    partitions = [TopicPartition(name, number) for name in names for number in range(DEAD_LETTER_PARTITIONS)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends, records = await consumer.end_offsets(partitions), []
    while any([await consumer.position(each) < ends[each] for each in partitions]):
        for found in (await consumer.getmany(*partitions, timeout_ms=FETCH_MS)).values():
            records += found
    return records


def letters_in(records: Iterable[Any]) -> list[Letter]:
    """The letters among the records of dead-letter topics. Where one is there twice, after a crash, it is one."""
    letters: dict[tuple[str, str], Letter] = {}
    for record in records:
        headers = tuple((name, value or b"") for name, value in record.headers)
        ours = {name: value.decode(errors="replace") for name, value in headers}  # the last of a name is our own
        which = (ours.get("beckon-reader", ""), ours.get(PLACE_HEADER, ""))
        last = headers[-1][0] if headers else ""  # only its position tells ours from a name that a stranger gave
        if last == CLOSED_HEADER and which in letters:
            _close(letters[which], ours)
        elif last == PLACE_HEADER and which not in letters and (letter := _letter(record, headers, ours)) is not None:
            letters[which] = letter
    return list(letters.values())


def _letter(record: Any, headers: tuple[tuple[str, bytes], ...], ours: Mapping[str, str]) -> Letter | None:
    try:
        place = Place.parse(ours[PLACE_HEADER])
    except ValueError:
        return None
    return Letter(
        place=place,
        reader=ours.get("beckon-reader", ""),
        reason=ours.get("beckon-reason", ""),
        type=ours.get("ce_type", ""),
        set_aside_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=record.key or b"",
        value=record.value or b"",
        headers=headers[: -len(OURS)],
    )


def _close(letter: Letter, ours: Mapping[str, str]) -> None:
    letter.state = "discarded" if ours[CLOSED_HEADER] == "discarded" else "replayed"
    letter.by, letter.why = ours.get("beckon-by"), ours.get("beckon-reason")
    if (again := ours.get("beckon-replayed-as")) is not None:
        letter.replayed_as = Place.parse(again)
