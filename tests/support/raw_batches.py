"""Batches of records byte by byte, as a writer may leave them that is not ours."""

import struct
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint


def varint(value: int) -> bytes:
    """As Kafka writes a number."""
    written = bytearray()
    encode_varint(value, written.append)
    return bytes(written)


def nullable(value: bytes | None) -> bytes:
    """As Kafka writes bytes, or that there are none."""
    return varint(-1) if value is None else varint(len(value)) + value


def raw_record(
    delta: int,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[bytes, bytes | None]] = (),
    *,
    count: int | None = None,
    time: int = 0,
) -> bytes:
    """A record inside a batch. ``count`` is how many headers it claims to have."""
    header_bytes = b"".join(varint(len(name)) + name + nullable(value) for name, value in headers)
    count = len(headers) if count is None else count
    body = b"\0" + varint(time) + varint(delta) + nullable(key) + nullable(value) + varint(count) + header_bytes
    return varint(len(body)) + body


def batch(records: bytes, count: int, *, codec: int = 0, base: int = 0, time: int = 0) -> bytes:
    """A batch as a broker would hand it out: its checksum is right, whatever it holds."""
    head = bytearray(DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1000).build())
    struct.pack_into(">qi", head, 0, base, 61 - 12 + len(records))
    struct.pack_into(">hiqq", head, 21, codec, count - 1, time, time)
    struct.pack_into(">i", head, 57, count)
    data = bytes(head) + records
    return data[:17] + struct.pack(">I", calc_crc32c(data[21:])) + data[21:]


async def publish_batch(bootstrap: str, topic: str, partition: int, data: bytes, count: int) -> None:
    """Hand a broker a batch as it is."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        builder = producer.create_batch()
        builder.close()
        builder._buffer, builder._relative_offset = bytearray(data), count
        await (await producer.send_batch(builder, topic, partition=partition))
    finally:
        await producer.stop()
