"""``beckon dead-letters``: records that a service could not read or apply, until somebody replays or discards them."""

import asyncio
import sys
import time
from typing import Any, NoReturn, get_args

import click
from aiokafka import AIOKafkaProducer

from deploy.command.letters import Letter, Place, read_letters
from deploy.command.options import as_json, name_of, reason_of
from deploy.command.output import print_rows
from deploy.command.sessions import Session, kafka_of, producer_of, run, session
from deploy.command.settings import OperatorSettings, operator_settings
from shared.events.catalogue import TOPICS
from shared.events.codec import Encoded
from shared.runtime.kafka.dead_letters import site_of_key
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.security.redaction import redact

APPLIED_SECONDS = 20.0
LONGEST_SHOWN = 4000

of_reader = click.argument("reader", metavar="SERVICE", type=click.Choice(get_args(Schema)))
is_dry = click.option("--dry-run", is_flag=True, help="Only show what would be done.")


class _PlaceType(click.ParamType[Place]):
    name = "topic/partition/offset"

    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        try:
            return value if isinstance(value, Place) else Place.parse(value)
        except ValueError:
            self.fail(f"{value!r} is no place of a record, such as storefront-events/3/1200", param, ctx)


of_record = click.argument("place", metavar="RECORD", type=_PlaceType())


@click.group("dead-letters")
def dead_letters() -> None:
    """Records that a service could not read or apply. RECORD is topic/partition/offset, as list prints it."""


@dead_letters.command("list")
@click.option("--topic", type=click.Choice(sorted(TOPICS)), help="Those of this topic alone.")
@click.option("--all", "every", is_flag=True, help="Also those that were replayed or discarded.")
@as_json
def list_letters(topic: str | None, every: bool, as_json: bool) -> None:
    """Dead letters that wait, the oldest first."""
    topics = TOPICS.values() if topic is None else [TOPICS[topic]]
    letters = run(read_letters(kafka_of(operator_settings()), topics))
    rows = [_row(letter) for letter in letters if every or letter.state == "waiting"]
    print_rows(rows, as_json=as_json, none="no dead letter waits")


def _row(letter: Letter) -> dict[str, object]:
    return {
        "service": letter.reader,
        "record": str(letter.place),
        "type": letter.type,
        "site": site_of_key(letter.key),
        "set_aside_at": letter.set_aside_at,
        "reason": letter.reason,
        "state": letter.state,
        "by": letter.by,
        "why": letter.why,
    }


@dead_letters.command("show")
@of_reader
@of_record
@as_json
def show_letter(reader: Schema, place: Place, as_json: bool) -> None:
    """One dead letter with its value, contacts and keys taken out, and whether this release would replay it."""
    letter = run(_found(operator_settings(), reader, place))
    value = redact(letter.value[:LONGEST_SHOWN].decode(errors="replace"))
    row = _row(letter) | {"replayed_as": letter.replayed_as, "not_replayed_because": letter.why_not_replayed(), "value": value}
    if as_json:
        print_rows([row], as_json=True, none="")
        return
    for name, cell in row.items():
        click.echo(f"{name}: {'-' if cell is None else cell}")


@dead_letters.command("replay")
@of_reader
@of_record
@name_of
@is_dry
@as_json
def replay_letter(reader: Schema, place: Place, by: str, dry_run: bool, as_json: bool) -> None:
    """Publish RECORD again, once, and release its hold when SERVICE has applied it.

    Run again, it publishes nothing more and only waits. Other readers pass it over by its natural keys. Exit code 1 where it
    may not be replayed, where it was set aside again, or where SERVICE has not read it yet.
    """
    settings = operator_settings()
    if dry_run:
        letter = run(_found(settings, reader, place))
        _end(letter.why_not_replayed() if letter.replayed_as is None else None, "would be replayed", place, as_json=as_json)
    _end(run(_replay(settings, reader, place, by)), "replayed and applied; its hold is released", place, as_json=as_json)


@dead_letters.command("discard")
@of_reader
@of_record
@reason_of
@name_of
@is_dry
@as_json
def discard_letter(reader: Schema, place: Place, reason: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Give RECORD up and release its hold: what it would have silenced is no longer silent. Who and why stays in the topic."""
    settings = operator_settings()
    if dry_run:
        letter = run(_found(settings, reader, place))
        done = "would be discarded" if letter.state != "discarded" else f"was discarded by {letter.by}: {letter.why}"
        _end(None, done, place, as_json=as_json)
    run(_discard(settings, reader, place, reason, by))
    _end(None, "discarded; its hold is released", place, as_json=as_json)


def _end(failure: str | None, done: str, place: Place, *, as_json: bool) -> NoReturn:
    if as_json:
        print_rows([{"record": str(place), "done": failure is None, "text": failure or done}], as_json=True, none="")
    else:
        click.echo(failure or done, err=failure is not None)
    sys.exit(0 if failure is None else 1)


async def _found(settings: OperatorSettings, reader: Schema, place: Place) -> Letter:
    for letter in await read_letters(kafka_of(settings), [TOPICS[place.topic]]):
        if (letter.reader, letter.place) == (reader, place):
            return letter
    raise click.ClickException(f"{reader} has no dead letter {place}; list shows what there is")


async def _replay(settings: OperatorSettings, reader: Schema, place: Place, by: str) -> str | None:
    """Publish, note it, wait, release. A command that ended in between goes on where it was; returns what failed."""
    letter = await _found(settings, reader, place)
    async with session(settings, reader) as connection:
        if letter.replayed_as is None:
            if (why := letter.why_not_replayed()) is not None:
                return why
            letter.replayed_as = await _publish_again(settings, letter, by)
        if not await _has_passed(connection, reader, letter.replayed_as):
            return f"published as {letter.replayed_as}; {reader} has not read it yet: run this again when it does"
        # Set aside again, it holds its site by its new place.
        await connection.execute(Tables(reader).release_holds_of_record, *_position(place))
    again = await read_letters(kafka_of(settings), [TOPICS[place.topic]])
    if any((each.reader, each.place) == (reader, letter.replayed_as) for each in again):
        return f"{reader} could not apply it: it was set aside again as {letter.replayed_as}"
    return None


async def _publish_again(settings: OperatorSettings, letter: Letter, by: str) -> Place:
    """The closing record follows at once: a crash between the two publishes the record twice, which changes nothing."""
    async with producer_of(kafka_of(settings)) as producer:
        sent = await _send(producer, letter.again())
        place = Place(sent.topic, sent.partition, sent.offset)
        await _send(producer, letter.closing("replayed", by, "replayed", place))
    return place


async def _send(producer: AIOKafkaProducer, record: Encoded) -> Any:
    return await producer.send_and_wait(record.topic, record.value, key=record.key, headers=list(record.headers))


async def _has_passed(connection: Session, reader: Schema, place: Place) -> bool:
    """Whether the service has read on behind the record, and its outbox holds no dead letter that may be of it."""
    deadline = time.monotonic() + APPLIED_SECONDS
    arguments = (*_position(place), TOPICS[place.topic].dead_letters)
    while not await connection.fetchval(Tables(reader).has_passed, *arguments):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


async def _discard(settings: OperatorSettings, reader: Schema, place: Place, reason: str, by: str) -> None:
    letter = await _found(settings, reader, place)
    async with session(settings, reader) as connection:
        if letter.state != "discarded":
            async with producer_of(kafka_of(settings)) as producer:
                await _send(producer, letter.closing("discarded", by, reason))
        await connection.execute(Tables(reader).release_holds_of_record, *_position(place))


def _position(place: Place) -> tuple[str, int, int]:
    return place.topic, place.partition, place.offset
