"""Contacts as merchants type or paste them: read, normalised, turned into an index, and forgotten."""

import csv
from dataclasses import dataclass

from shared.events.envelope import ContactKind, Recipient
from shared.runtime.contacts.text import plain_text
from shared.runtime.security.sealing import Pepper, UnreadableContact, contact_index, readings

MOST_LINES = 20_000
LONGEST_CELL = 320
LONGEST_LINE = 8192
MOST_CELLS = 200
HEADINGS = frozenset({"email", "e-mail", "email address", "phone", "phone number", "mobile", "number", "contact"})


@dataclass(frozen=True)
class BadLine:
    """A line that was not understood, by its number: its text is somebody's contact and is not repeated."""

    number: int
    sentence: str


@dataclass(frozen=True)
class OptOutList:
    """Each line of a list is in exactly one of these: a recipient (once or again), a bad line, or empty.

    ``also`` is what the same cells may mean as well: not counted, and suppressed like the rest.
    """

    recipients: tuple[Recipient, ...]
    repeated: int
    bad: tuple[BadLine, ...]
    also: tuple[Recipient, ...] = ()


def recipients_of(text: str, region: str, pepper: Pepper) -> tuple[Recipient, ...]:
    """Whom a typed contact may mean, the likeliest first: landlines too, and every reading where there are several.

    Raises:
        UnreadableContact: no phone number and no e-mail address.
    """
    kind = ContactKind.EMAIL if "@" in plain_text(text) else ContactKind.PHONE
    every = readings(kind, text, region).every
    if not every:
        raise UnreadableContact("this is no phone number and no e-mail address that can be read")
    return tuple(Recipient(kind=kind, index=contact_index(pepper, kind, each)) for each in every)


def recipient_of(text: str, region: str, pepper: Pepper) -> Recipient:
    """The likeliest recipient that a typed contact may mean. Raises ``UnreadableContact``."""
    return recipients_of(text, region, pepper)[0]


def read_opt_outs(text: str, region: str, pepper: Pepper) -> OptOutList:
    """A pasted list or a CSV file: of each line, every cell that is a contact."""
    found: dict[str, Recipient] = {}
    also: dict[str, Recipient] = {}
    repeated, bad = 0, []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cells = cells_of(line[:LONGEST_LINE])
        if len(line) > LONGEST_LINE or len(cells) > MOST_CELLS:
            bad.append(BadLine(number, "is too long to be one person's: put each on a line of their own."))
            continue
        if not cells or (number == 1 and any(cell.lower() in HEADINGS for cell in cells)):
            continue
        read = contacts_in(cells, region, pepper)
        recipients = [first for first, *_ in read]
        also.update({each.index: each for _, *others in read for each in others})
        if not recipients:
            bad.append(BadLine(number, "no phone number and no e-mail address could be read."))
        elif all(each.index in found for each in recipients):
            repeated += 1
        found.update({each.index: each for each in recipients})
    others = tuple(each for index, each in also.items() if index not in found)
    return OptOutList(tuple(found.values()), repeated, tuple(bad), others)


def cells_of(line: str) -> list[str]:
    """The cells of a line that hold something, however its program separates them."""
    separator = next((sign for sign in ("\t", ";") if sign in line), ",")
    try:
        row = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        row = line.split(separator)
    return [cell.strip() for cell in row if cell.strip()]


def contacts_in(cells: list[str], region: str, pepper: Pepper) -> list[tuple[Recipient, ...]]:
    """Those of the cells that are contacts, each with all that it may mean."""
    recipients = []
    for cell in cells:
        try:
            recipients.append(recipients_of(cell[:LONGEST_CELL], region, pepper))
        except UnreadableContact:
            continue
    return recipients
