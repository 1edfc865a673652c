"""What the snippet says of its readers: which one read a cart, and which one failed on a page."""

import re
from dataclasses import dataclass

from services.ingest.beacons.parsing import Beacon
from services.ingest.wire_fields import Fields, path_within, text

READER_FAILED = "reader.failed"

_NAME = re.compile(r"[a-z]{1,16}(?: [a-z]{1,16})?")
_ERROR = re.compile(r"[A-Za-z]{1,28}")


@dataclass(frozen=True)
class ReaderFailure:
    """A reader failed on a page: ``what`` is its name and the kind of error, never the error's own text."""

    what: str
    path: str | None


def reader_of(fields: Fields) -> str | None:
    """The reader's name; none that is not spelled as a name is."""
    name = text(fields.get("reader"), 33)
    return name if name is not None and _NAME.fullmatch(name) else None


def read_failure(beacon: Beacon) -> ReaderFailure:
    """The report of a failure; what cannot be read of it is left out."""
    error = text(beacon.fields.get("error"), 28)
    known = error if error is not None and _ERROR.fullmatch(error) else "Error"
    return ReaderFailure(f"{reader_of(beacon.fields) or 'reader'}: {known}", path_within(beacon.path, frozenset()))
