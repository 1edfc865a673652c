"""Whatever strangers send is read without an exception, into what UTF-8, PostgreSQL and Kafka take."""

import json
from contextlib import suppress
from datetime import UTC, timedelta
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.runtime.http import untrusted
from tests.support.ratios import holds_ratio

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just(10**4000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING, st.integers(1, 300))
def test_a_text_can_be_stored_wherever_it_came_from(raw: object, longest: int) -> None:
    read = untrusted.text(raw, longest)

    assert read is None or (read == read.strip() and 1 <= len(read) <= longest)
    assert read is None or "\0" not in read.encode().decode()


@given(ANY_TEXT)
def test_nothing_but_what_cannot_be_stored_is_taken_out_of_a_text(raw: str) -> None:
    kept = untrusted.storable(raw)

    assert kept == "".join(sign for sign in raw if sign != "\0" and not "\ud800" <= sign <= "\udfff")
    kept.encode()


@given(ANYTHING, st.integers(-5, 5), st.integers(6, 10**18))
def test_a_whole_number_is_within_its_bounds(raw: object, least: int, most: int) -> None:
    read = untrusted.whole_number(raw, least, most)

    assert read is None or least <= read <= most


@given(ANYTHING | st.datetimes().map(lambda at: f"{at.isoformat()}+14:00") | st.integers().map(str))
@example("9999-12-31T23:59:59-14:00")
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:60Z")
@example("1" * 64)
def test_a_moment_is_one_that_can_be_counted_with(raw: object) -> None:
    read = untrusted.moment(raw)

    assert read is None or read.tzinfo is UTC
    assert read is None or read - timedelta(days=365) < read + timedelta(days=365)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2026-11-25T12:00:00Z", "2026-11-25T12:00:00+00:00"),
        (" 2026-11-25T12:00:00.250+02:00 ", "2026-11-25T10:00:00.250000+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2016-12-31t23:59:60.5z", "2017-01-01T00:00:00.500000+00:00"),
        ("2026-11-25T12:00:00", None),
        ("2026-11-25", None),
        ("1969-12-31T23:59:59Z", None),
        ("2200-01-01T00:00:00Z", None),
    ],
)
def test_moments_as_shops_write_them(raw: str, read: str | None) -> None:
    found = untrusted.moment(raw)

    assert (found and found.isoformat()) == read


@given(ANYTHING | ANY_TEXT.map(lambda rest: f"http://{rest}") | ANY_TEXT.map(lambda rest: f"https://shop.example{rest}"))
@example("http://[")
@example("http://[::1")
@example("http://[x]")
@example("http://\u2100")
@example("//[")
@example("http://" + 70_000 * "a")
def test_an_address_is_taken_apart_or_none(raw: object) -> None:
    host, parts = untrusted.host_of(raw), untrusted.address_of(raw)

    assert host is None or (host.isascii() and len(host) <= untrusted.LONGEST_HOST)
    assert parts is None or isinstance(parts.path, str)


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("https://Shop.Example:8443", "shop.example:8443"),
        ("https://shop.example./cart?x=1", "shop.example"),
        ("shop.example", "shop.example"),
        ("harbor.localhost:8703", "harbor.localhost:8703"),
        ("http://[::1]:8703", "[::1]:8703"),
        ("https://anna:secret@shop.example", "shop.example"),
        ("null", None),
        ("ftp://shop.example", None),
        ("https://shop example", None),
        ("https://<script>", None),
        ("", None),
    ],
)
def test_hosts_as_browsers_and_merchants_write_them(raw: str, host: str | None) -> None:
    assert untrusted.host_of(raw) == host


@given(
    st.binary(max_size=200) | ANYTHING.filter(lambda sent: len(repr(sent)) < 2000).map(lambda sent: json.dumps(sent).encode())
)
@example(b'{"name": "Harbor \\ud83d"}')
@example(b"\xef\xbb\xbf{}")
@example(b'"\\ud800"')
@example(b"1e400")
@example(b"NaN")
@example(b"[" * 60_000)
@example(b'{"a":' * 60_000 + b"1" + b"}" * 60_000)
@example(b"[" * 60_000 + b"]" * 60_000)
@example(b'{"n": ' + 60_000 * b"9" + b"}")
@example(b'{"a": 1, "a": 2}')
@example(b'"' + 30_000 * b'\\"')
@example("[1]".encode("utf-16"))
def test_json_is_read_or_refused(body: bytes) -> None:
    try:
        read = untrusted.read_json(body)
    except ValueError:
        return
    written = json.dumps(read)
    assert json.dumps(json.loads(written)) == written


def test_what_is_wrong_in_one_place_costs_nothing_beside_it() -> None:
    deep = "[" * 5_000 + '"]]}}"' + "]" * 5_000
    sent = {"order_id": "B-1", "n": "9" * 5000, "deep": deep, "name": '"cut \\ud83d"', "email": '"anna@shop.example"'}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in (sent | {"order_id": '"B-1"'}).items()) + "}"

    read = untrusted.read_json(body.encode() + b" ")

    assert isinstance(read, dict)
    assert (read["order_id"], read["email"], read["n"]) == ("B-1", "anna@shop.example", None)


@given(st.binary(max_size=200) | ANY_TEXT.map(lambda value: quote(value.encode("utf-8", "surrogatepass")).encode()))
def test_a_form_is_read_or_refused(body: bytes) -> None:
    try:
        read = untrusted.read_form(b"name=" + body, 20)
    except ValueError:
        return
    assert all(untrusted.storable(name + value).encode() is not None for name, value in read.items())


@pytest.mark.parametrize("part", ["[", '{"a":', '"', '"\\"', "9", "\\", '["\\"]",'])
def test_json_of_strangers_takes_time_in_proportion_to_its_length(part: str) -> None:
    def read(body: bytes) -> None:
        with suppress(ValueError):
            untrusted.read_json(body)

    short, long = ((part * (length // len(part))).encode() for length in (100_000, 200_000))

    assert holds_ratio(read, short, long)
