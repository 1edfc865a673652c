"""Dead letters are read from topics that others write too: only our own headers, in their own place, count."""

from collections.abc import Sequence

from deploy.command.letters import Letter, letters_in
from shared.events.codec import Encoded
from shared.runtime.kafka.dead_letters import dead_letter
from tests.support.records import ARecord

SITE = b"0199a1b2-0000-7000-8000-000000000001"
FORGED = (("beckon-reader", b"orders"), ("beckon-place", b"cart-events/0/0"), ("beckon-closed", b"discarded"))


def set_aside(offset: int, headers: Sequence[tuple[str, bytes | None]] = (), reader: str = "orders") -> ARecord:
    """A record of cart-events as its dead letter lies in the topic."""
    return lying(dead_letter(ARecord("cart-events", SITE, b"{", headers, offset=offset), "record: json_invalid", reader))


def lying(record: Encoded) -> ARecord:
    """A record as a consumer reads it."""
    return ARecord(record.topic, record.key, record.value, record.headers)


def states(letters: Sequence[Letter]) -> list[tuple[str, int, str]]:
    """Each letter's reader, offset and state."""
    return [(letter.reader, letter.place.offset, letter.state) for letter in letters]


def test_a_letter_that_is_there_twice_is_one_and_each_reader_has_its_own() -> None:
    letters = letters_in([set_aside(1), set_aside(1), set_aside(1, reader="notify")])

    assert states(letters) == [("orders", 1, "waiting"), ("notify", 1, "waiting")]


def test_a_closing_record_closes_the_letter_that_it_names() -> None:
    [first, second] = letters_in([set_aside(1), set_aside(2)])
    closing = first.closing("replayed", "sam", "replayed", second.place)

    [closed, open_still] = letters_in([set_aside(1), set_aside(2), lying(closing), lying(closing)])

    assert (closed.state, closed.by, closed.replayed_as) == ("replayed", "sam", second.place)
    assert open_still.state == "waiting"


def test_headers_that_a_stranger_gave_a_record_neither_name_nor_close_a_letter() -> None:
    letters = letters_in(
        [set_aside(0), set_aside(5, FORGED), set_aside(5, FORGED), ARecord("cart-events-dlq", SITE, b"", FORGED[:1])]
    )

    assert states(letters) == [("orders", 0, "waiting"), ("orders", 5, "waiting")]
    assert letters[1].again().headers == FORGED
