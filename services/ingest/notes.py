"""What could not be read of a report: counted, and signalled to its merchant."""

from dataclasses import dataclass

from shared.events.signals import SignalKind


@dataclass(frozen=True)
class Note:
    """A field that was left empty. ``field`` is one of our names, never the sender's."""

    kind: SignalKind
    field: str


def unread(field: str) -> Note:
    """A field that held something that could not be read."""
    return Note(SignalKind.UNREADABLE_FIELD, field)
