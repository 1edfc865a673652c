"""The few protocol buffers that Chromium's push client speaks, field by field (Chromium: google_apis/gcm/protocol)."""

import struct
from collections.abc import Iterator

VARINT, FIXED_64, LENGTH = 0, 1, 2
CHECKIN_OK, TIME_MS, ANDROID_ID, SECURITY_TOKEN = 1, 3, 7, 8
LOGIN_USER, RESPONSE_ID, RESPONSE_TIME = 3, 1, 6
DATA_ID, DATA_FROM, DATA_CATEGORY, DATA_APP_DATA, DATA_PERSISTENT_ID, DATA_TTL, DATA_SENT, DATA_RAW = 2, 3, 5, 7, 9, 17, 18, 21


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number_field(field: int, value: int) -> bytes:
    """A number."""
    return varint(field << 3 | VARINT) + varint(value)


def fixed_field(field: int, value: int) -> bytes:
    """A number of 64 bits."""
    return varint(field << 3 | FIXED_64) + struct.pack("<Q", value)


def bytes_field(field: int, value: bytes | str) -> bytes:
    """Text, bytes, or a message within."""
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | LENGTH) + varint(len(raw)) + raw


def read_fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields that have a length, with their numbers; the others are passed over."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        match tag & 7:
            case 0:
                _, at = _read_varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _read_varint(message, at)
                yield tag >> 3, message[at : at + length]
                at += length
            case 5:
                at += 4
            case _:
                return


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            break
    return value, at
