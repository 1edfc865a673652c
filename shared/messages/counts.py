"""Counted things, as people write them: ``1 item``, ``2 items``, ``1,200 lines``."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A number and its noun; ``things`` is the plural where it is not the singular and an s."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
