"""What commands print: a table for people, or JSON for programs."""

import json
from collections.abc import Mapping, Sequence

import click


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool, none: str) -> None:
    """Print rows of the same columns; ``none`` where there is no row."""
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], default=str))
        return
    if not rows:
        click.echo(none)
        return
    cells = [[str(name) for name in rows[0]], *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def print_result(text: str, row: Mapping[str, object], *, as_json: bool) -> None:
    """Print what a command did: a sentence for people, or the same as a list of one row."""
    if as_json:
        print_rows([row], as_json=True, none="")
    else:
        click.echo(text)
