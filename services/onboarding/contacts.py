"""Contacts as merchants type or paste them: read, normalised, turned into an index, and forgotten."""

import csv
from dataclasses import dataclass

from shared.events.envelope import ContactKind, Recipient
from shared.runtime.sealing import Pepper, UnreadableContact, contact_index, normalise

MOST_LINES = 20_000
LONGEST_CELL = 320
HEADINGS = frozenset({"email", "e-mail", "email address", "phone", "phone number", "mobile", "number", "contact"})


@dataclass(frozen=True)
class BadLine:
    """A line that was not understood, by its number: its text is somebody's contact and is not repeated."""

    number: int
    sentence: str


@dataclass(frozen=True)
class OptOutList:
    """Each line of a list is in exactly one of these: a recipient (once or again), a bad line, or empty."""

    recipients: tuple[Recipient, ...]
    repeated: int
    bad: tuple[BadLine, ...]


def recipient_of(text: str, region: str, pepper: Pepper) -> Recipient:
    """The index of a phone number or an e-mail address. Raises ``UnreadableContact``."""
    kind = ContactKind.EMAIL if "@" in text else ContactKind.PHONE
    return Recipient(kind=kind, index=contact_index(pepper, kind, normalise(kind, text, region)))


def read_opt_outs(text: str, region: str, pepper: Pepper) -> OptOutList:
    """A pasted list or a CSV file: of each line, every cell that is a contact."""
    found: dict[str, Recipient] = {}
    repeated, bad = 0, []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cells = cells_of(line)
        if not cells or (number == 1 and any(cell.lower() in HEADINGS for cell in cells)):
            continue
        recipients = contacts_in(cells, region, pepper)
        if not recipients:
            bad.append(BadLine(number, "no phone number and no e-mail address could be read."))
        elif all(each.index in found for each in recipients):
            repeated += 1
        found.update({each.index: each for each in recipients})
    return OptOutList(tuple(found.values()), repeated, tuple(bad))


def cells_of(line: str) -> list[str]:
    """The cells of a line that hold something, however its program separates them."""
    separator = next((sign for sign in ("\t", ";") if sign in line), ",")
    try:
        row = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        row = line.split(separator)
    return [cell.strip() for cell in row if cell.strip()]


def contacts_in(cells: list[str], region: str, pepper: Pepper) -> list[Recipient]:
    """Those of the cells that are contacts."""
    recipients = []
    for cell in cells:
        try:
            recipients.append(recipient_of(cell[:LONGEST_CELL], region, pepper))
        except UnreadableContact:
            continue
    return recipients
