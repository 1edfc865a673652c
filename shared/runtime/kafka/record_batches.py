"""Record batches as a broker returns them, read to their end whatever is in them.

aiokafka raises at a header's name that is not UTF-8, at a codec it does not have and at a structure it does not expect, and
then asks for the same batch again: its partition stands still and the consumer ends. Any writer may leave such a record,
and the broker takes it. Here it costs itself: what cannot be read of it becomes a record for the dead letters.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.record.util import decode_varint

from shared.events.codec import SILENCES_HEADER

LARGEST_BATCH = 16 * 1024 * 1024
"""Decompressed: sixteen times what a batch may have compressed, and a thousandth of what it could become."""

_LENGTH = struct.Struct(">qi")  # base offset, bytes that follow
_MAGIC_AT = 16
_ATTRIBUTES_AT = 21
_HEADER_BYTES = 61
_CODEC, _GZIP = 0b111, 1

UNKNOWN_HEADERS = ((SILENCES_HEADER, None),)
"""Whether a record that could not be read was to silence is not known, so it is taken for one that was."""


class Unreadable(Exception):
    """Raised where nothing more of this batch or record can be read."""


@dataclass(frozen=True)
class ReadRecord:
    """A record with the attributes that the client library asks of one."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = -1
    timestamp_type: int = 0
    checksum: None = None


def read_any_record() -> None:
    """Let the consumers of this process read batches by ``Batches``. To call it again changes nothing."""
    fetcher.MemoryRecords = Batches


class Batches:
    """The batches of one partition in one answer of a broker; the last may be cut short and is not one of them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def size_in_bytes(self) -> int:
        """Return the size of all, the cut one included."""
        return len(self._data)

    def has_next(self) -> bool:
        """Return whether another batch is whole."""
        return self._end() is not None

    def _end(self) -> int | None:
        if self._position + _MAGIC_AT >= len(self._data):
            return None
        _, length = _LENGTH.unpack_from(self._data, self._position)
        end = self._position + _LENGTH.size + int(length)
        return end if self._position + _MAGIC_AT < end <= len(self._data) else None

    def next_batch(self) -> Any:
        """Return the next batch, None where there is none."""
        if (end := self._end()) is None:
            return None
        batch = bytes(self._data[self._position : end])
        self._position = end
        magic = batch[_MAGIC_AT]
        return Batch(batch) if magic >= 2 else LegacyRecordBatch(batch, magic)


class Batch:
    """One batch. Iterating yields each of its records, or in place of what cannot be read one record with its bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._batch: Any = DefaultRecordBatch(data)
        self._last_offset = self._batch.base_offset - 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    @property
    def next_offset(self) -> int:
        """The offset behind the batch: never one that was read already, whatever its header states."""
        stated = self._batch.next_offset
        return int(max(stated, self._last_offset + 1))

    def __iter__(self) -> Iterator[Any]:
        try:
            plain = self._decompressed()
        except Exception:
            yield self._rest(self._data)
            return
        try:
            for record in DefaultRecordBatch(plain):
                if not self._last_offset < record.offset < self._batch.next_offset:
                    raise Unreadable  # to go on from there would pass records of other batches over
                self._last_offset = record.offset
                yield record
        except Exception:
            yield from self._one_by_one(plain)

    def _decompressed(self) -> bytes:
        """The same batch without compression. It is decompressed here, for the library does so without a limit."""
        codec = self._batch.compression_type
        if not codec:
            return self._data
        if codec != _GZIP:
            raise Unreadable
        attributes = int(self._batch.attributes) & ~_CODEC & 0xFFFF
        head = self._data[:_ATTRIBUTES_AT] + attributes.to_bytes(2, "big") + self._data[_ATTRIBUTES_AT + 2 : _HEADER_BYTES]
        return head + inflate(self._data[_HEADER_BYTES:])

    def _one_by_one(self, plain: bytes) -> Iterator[ReadRecord]:
        """What follows the record that was read last, each within its own length."""
        base, position = int(self._batch.base_offset), _HEADER_BYTES
        likely = base
        while position < len(plain):
            try:
                size, prefix = decode_varint(bytearray(plain[position : position + 10]), 0)
            except (ValueError, IndexError):
                size, prefix = 0, 0
            start = position + prefix
            if not 0 < size <= len(plain) - start:
                yield self._rest(plain[position:])
                return
            position = start + size
            record = read_record(bytearray(plain[start:position]), base, likely, self._batch.next_offset)
            likely = record.offset + 1
            if self._last_offset < record.offset < self._batch.next_offset:
                self._last_offset = record.offset
                yield record

    def _rest(self, data: bytes) -> ReadRecord:
        """One record for all that is left. It stands at the end, so that reading goes on behind the batch."""
        self._last_offset = self.next_offset - 1
        return ReadRecord(self._last_offset, None, data, UNKNOWN_HEADERS)


def read_record(data: bytearray, base_offset: int, likely_offset: int, end: int) -> ReadRecord:
    """Return one record of a batch, read as far as that goes; where its value cannot be read, all of it is the value.

    An offset that lies before the likely one or not before ``end`` is not believed.
    A header's name that is not UTF-8 is escaped (``\\xff``): no such name means anything to us.
    """
    reader = _Reader(data)
    offset, key = likely_offset, None
    value: bytes | None = bytes(data)
    headers: list[tuple[str, bytes | None]] = []
    try:
        reader.take(1)  # attributes, of which none is defined
        reader.number()  # the time since the first record, which nobody here reads
        if likely_offset <= (stated := base_offset + reader.number()) < end:
            offset = stated
        key = reader.nullable()
        value = reader.nullable()
        for _ in range(reader.length()):
            name = reader.take(reader.length()).decode(errors="backslashreplace")
            headers.append((name, reader.nullable()))
        if not reader.at_end():
            raise Unreadable
    except (Unreadable, ValueError, IndexError):
        headers += UNKNOWN_HEADERS
    return ReadRecord(offset, key, value, headers)


class _Reader:
    """Reads on through the bytes of one record. Raises ``Unreadable``, ``ValueError`` or ``IndexError`` at their end."""

    def __init__(self, data: bytearray) -> None:
        self._data = data
        self._position = 0

    def number(self) -> int:
        number: int
        number, self._position = decode_varint(self._data, self._position)
        return number

    def length(self) -> int:
        if (length := self.number()) < 0:
            raise Unreadable
        return length

    def take(self, size: int) -> bytes:
        start, self._position = self._position, self._position + size
        if self._position > len(self._data):
            raise Unreadable
        return bytes(self._data[start : self._position])

    def nullable(self) -> bytes | None:
        length = self.number()
        return None if length < 0 else self.take(length)

    def at_end(self) -> bool:
        return self._position == len(self._data)


def inflate(data: bytes, most: int = LARGEST_BATCH) -> bytes:
    """Return what gzip has compressed.

    Raises:
        Unreadable: not gzip, cut short, or larger than ``most`` bytes.
    """
    parts, left, rest = [], most, data
    while rest:
        decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            parts.append(decompressor.decompress(rest, left + 1))
        except zlib.error:
            raise Unreadable from None
        left -= len(parts[-1])
        if left < 0 or not decompressor.eof:
            raise Unreadable
        rest = decompressor.unused_data.lstrip(b"\0")
    return b"".join(parts)
